import { yamlText } from './yaml-text.ts';

/** A JSON Schema of a configuration, as far as a template is made of it. */
export interface TemplateSchema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly examples?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly properties?: Readonly<Record<string, TemplateSchema>> | undefined;
  readonly items?: TemplateSchema | undefined;
  readonly anyOf?: readonly TemplateSchema[] | undefined;
  readonly oneOf?: readonly TemplateSchema[] | undefined;
}

type Tree = Readonly<Record<string, unknown>>;

export interface TemplateRequest {
  readonly schema: TemplateSchema;
  /** Values that are set, as a tree. */
  readonly given?: Tree;
  /** Set every key that has a default to it; otherwise nothing is set but what is given. */
  readonly setsDefaults: boolean;
}

const longestLine = 110;

/**
 * A configuration as commented YAML: every key of the schema, with what it is for. A line `#key: value` is a key that is not
 * set, with its default or an example; text for people has a blank behind the `#`.
 */
export function configTemplate({ schema, given = {}, setsDefaults }: TemplateRequest): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, inner]) =>
    [...describe(inner), ...keyLines(key, inner, given[key], setsDefaults)].join('\n'),
  );
  return `${sections.join('\n\n')}\n`;
}

/** A key and all within it, without its own description. */
function keyLines(key: string, schema: TemplateSchema, given: unknown, setsDefaults: boolean): string[] {
  const value = given ?? (setsDefaults ? schema.default : undefined);
  if (schema.properties !== undefined && (value === undefined || isTree(value))) {
    // A section that need not be there is set only when something of it is given.
    const content = propertyLines(schema, value, setsDefaults && value !== undefined);
    const isSet = content.some(isSetLine);
    return [isSet ? `${key}:` : `#${key}:`, ...indented(content)];
  }
  const variants = entryVariants(schema);
  if (variants !== undefined) return listLines(key, variants, value, setsDefaults);
  return value === undefined ? [`#${key}: ${yamlText(example(schema))}`] : [`${key}: ${yamlText(value)}`];
}

function propertyLines(
  { properties = {} }: TemplateSchema,
  given: Tree = {},
  setsDefaults: boolean,
): string[] {
  return Object.entries(properties).flatMap(([key, inner]) => [
    ...describe(inner),
    ...keyLines(key, inner, given[key], setsDefaults),
  ]);
}

/** What an entry of a list of sections may be; undefined for other lists, and what is none. */
function entryVariants({ items }: TemplateSchema): readonly TemplateSchema[] | undefined {
  const variants = items?.oneOf ?? items?.anyOf ?? (items === undefined ? [] : [items]);
  const isOfSections = variants.length > 0 && variants.every(({ properties }) => properties !== undefined);
  return isOfSections ? variants : undefined;
}

/** The first entry tells all of its keys, those behind it only what they say; without entries there is one of each kind to be copied. */
function listLines(
  key: string,
  variants: readonly TemplateSchema[],
  value: unknown,
  setsDefaults: boolean,
): string[] {
  const entries = Array.isArray(value) ? value.filter(isTree) : [];
  const [first, ...others] = entries;
  if (first === undefined) {
    const kinds = variants.flatMap((variant) => entryLines(variant, {}, false));
    return [...(value === undefined ? [] : [`${key}: []`]), `#${key}:`, ...indented(kinds)];
  }
  const terse = others.flatMap((entry) =>
    asEntry(Object.entries(entry).map(([name, of]) => [`${name}: ${yamlText(of)}`])),
  );
  return [`${key}:`, ...indented([...entryLines(variantOf(first, variants), first, setsDefaults), ...terse])];
}

function entryLines({ properties = {} }: TemplateSchema, given: Tree, setsDefaults: boolean): string[] {
  const blocks = Object.entries(properties).map(([key, inner]) => [
    ...describe(inner),
    ...keyLines(key, inner, given[key], setsDefaults),
  ]);
  return asEntry(blocks);
}

/** Lines of keys as one entry of a list: a dash before the first key, the rest indented like it. */
function asEntry(blocks: readonly string[][]): string[] {
  const lines = blocks.flat();
  const dashed = lines.findIndex((line) => !isText(line));
  return lines.map((line, index) => {
    if (index < dashed) return line;
    if (index > dashed) return `  ${line}`;
    return line.startsWith('#') ? `#- ${line.slice(1)}` : `- ${line}`;
  });
}

/** The variant whose fixed values an entry has. */
function variantOf(entry: Tree, variants: readonly TemplateSchema[]): TemplateSchema {
  const fits = ({ properties = {} }: TemplateSchema): boolean =>
    Object.entries(properties).every(
      ([key, inner]) => inner.const === undefined || inner.const === entry[key],
    );
  return variants.find(fits) ?? variants[0]!;
}

function example(schema: TemplateSchema): unknown {
  const { examples, minimum, type } = schema;
  const known = schema.default ?? examples?.[0] ?? schema.const ?? schema.enum?.[0];
  if (known !== undefined) return known;
  if (type === 'integer' || type === 'number') return minimum ?? 0;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  return type === 'object' ? {} : 'TEXT';
}

/** The description as comment lines. */
function describe({ description = '' }: TemplateSchema): string[] {
  const lines: string[] = [];
  for (const word of description.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= longestLine) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A comment that is for people, not a key that could be set. */
function isText(line: string): boolean {
  return line.startsWith('# ');
}

function isSetLine(line: string): boolean {
  return !line.trimStart().startsWith('#');
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
