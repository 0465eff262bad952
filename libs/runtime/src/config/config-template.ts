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
 * A configuration as commented YAML: every key of the schema, with what it is for. What is not set stands there as a comment,
 * with its default or an example, and is set by taking the `#` away; text for people has one blank behind the `#`.
 */
export function configTemplate({ schema, given = {}, setsDefaults }: TemplateRequest): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, inner]) =>
    told(inner, keyBlock(key, inner, given[key], setsDefaults), true).join('\n'),
  );
  return `${sections.join('\n\n')}\n`;
}

/** Lines of YAML, as if all of them were set; when they are not, it is for whoever puts them somewhere to turn them off. */
interface Block {
  readonly lines: readonly string[];
  readonly isSet: boolean;
}

/** A key and all within it, without its own description. */
function keyBlock(key: string, schema: TemplateSchema, given: unknown, setsDefaults: boolean): Block {
  const value = given ?? (setsDefaults ? schema.default : undefined);
  if (schema.properties !== undefined && (value === undefined || isTree(value))) {
    // A section that need not be there is set only when something of it is given.
    const content = properties(schema, value, setsDefaults && value !== undefined);
    return { ...content, lines: [`${key}:`, ...indented(content.lines)] };
  }
  const variants = entryVariants(schema);
  if (variants !== undefined) return listBlock(key, variants, value, setsDefaults);
  return { lines: [`${key}: ${yamlText(value ?? example(schema))}`], isSet: value !== undefined };
}

function properties(schema: TemplateSchema, given: Tree = {}, setsDefaults: boolean): Block {
  const blocks = blocksOf(schema, given, setsDefaults);
  const isSet = blocks.some(([, block]) => block.isSet);
  return { lines: blocks.flatMap(([inner, block]) => told(inner, block, isSet)), isSet };
}

function blocksOf(schema: TemplateSchema, given: Tree, setsDefaults: boolean): [TemplateSchema, Block][] {
  return Object.entries(schema.properties ?? {}).map(([key, inner]) => [
    inner,
    keyBlock(key, inner, given[key], setsDefaults),
  ]);
}

/** A block with its description, turned off where what it stands in is set and it is not. */
function told(schema: TemplateSchema, { lines, isSet }: Block, isWithinSet: boolean): string[] {
  return [...describe(schema), ...(isWithinSet && !isSet ? off(lines) : lines)];
}

/** What an entry of a list of sections may be; undefined for other lists, and what is none. */
function entryVariants({ items }: TemplateSchema): readonly TemplateSchema[] | undefined {
  const variants = items?.oneOf ?? items?.anyOf ?? (items === undefined ? [] : [items]);
  const isOfSections = variants.length > 0 && variants.every((variant) => variant.properties !== undefined);
  return isOfSections ? variants : undefined;
}

/** The first entry tells all of its keys, those behind it only what they say; without any there is one of each kind to be copied. */
function listBlock(
  key: string,
  variants: readonly TemplateSchema[],
  value: unknown,
  setsDefaults: boolean,
): Block {
  const [first, ...others] = Array.isArray(value) ? value.filter(isTree) : [];
  if (first === undefined) {
    const kinds = variants.flatMap((variant) => asEntry(properties(variant, {}, false).lines));
    const examples = [`${key}:`, ...indented(kinds)];
    return value === undefined
      ? { lines: examples, isSet: false }
      : { lines: [`${key}: []`, ...off(examples)], isSet: true };
  }
  const whole = asEntry(properties(variantOf(first, variants), first, setsDefaults).lines);
  const terse = others.flatMap((entry) =>
    asEntry(Object.entries(entry).map(([name, of]) => `${name}: ${yamlText(of)}`)),
  );
  return { lines: [`${key}:`, ...indented([...whole, ...terse])], isSet: true };
}

/** Lines of keys as one entry of a list: a dash before the first key, the rest indented like it. */
function asEntry(lines: readonly string[]): string[] {
  const dashed = lines.findIndex((line) => !isText(line));
  return lines.map((line, index) => {
    if (index === dashed) return `- ${line}`;
    return index < dashed ? line : `  ${line}`;
  });
}

/** The variant whose fixed values an entry has. */
function variantOf(entry: Tree, variants: readonly TemplateSchema[]): TemplateSchema {
  const fits = (variant: TemplateSchema): boolean =>
    Object.entries(variant.properties ?? {}).every(
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

/** As comments: keys keep their indentation behind the `#`, so that it need only be taken away. */
function off(lines: readonly string[]): string[] {
  return lines.map((line) => (isText(line) ? line.trimStart() : `#${line}`));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A comment that is for people, not a key that could be set. */
function isText(line: string): boolean {
  return /^ *# \S/.test(line);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
