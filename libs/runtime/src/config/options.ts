import { z } from 'zod';
import type { Liveness } from './option-notes.ts';
import { pathText } from './path-text.ts';
import {
  defaultOf,
  elementOf,
  livenessOf,
  notesOf,
  shapeOf,
  unwrapped,
  variantsOf,
  type AnySchema,
} from './schema-walk.ts';

/** One option of a schema, as people meet it. */
export interface Option {
  /** Dotted path, e.g. `limits.maxPacketBytes`; `listeners[].port` for a key of a list's entries. */
  readonly path: string;
  /** Environment variable that sets it; absent for the keys of a list's entries (the list is set whole, as JSON). */
  readonly env: string | undefined;
  /** What is accepted, in words: `a whole number from 1 to 65535`. */
  readonly type: string;
  /** As written in YAML; absent when there is none. */
  readonly default: string | undefined;
  readonly description: string;
  /** Whether the value may hold a password. */
  readonly secret: boolean;
  /** Whether a change takes effect while the program runs. */
  readonly live: Liveness;
}

/** An option the environment can set, with its place in the schema. */
export interface EnvironmentOption {
  readonly keys: readonly string[];
  readonly env: string;
  readonly schema: AnySchema;
  readonly live: Liveness;
}

/** Every option of a schema in the schema's order. */
export function listOptions(schema: z.ZodObject, prefix: string): Option[] {
  return environmentOptions(schema, prefix).flatMap(({ keys, env, schema: option, live }) => {
    const path = pathText(keys);
    const entry = elementOf(option);
    const ofEntries = entry === undefined ? [] : entryOptions(entry, `${path}[]`, live);
    return [optionOf(option, path, env, live), ...ofEntries];
  });
}

/**
 * The options that have an environment name: all but sections, lists as a whole.
 * @throws Error when two options would share a name, which is a mistake in the schema.
 */
export function environmentOptions(schema: z.ZodObject, prefix: string): EnvironmentOption[] {
  const options = [...leaves(schema, [], prefix, false)];
  const names = new Set(options.map(({ env }) => env));
  if (names.size < options.length) throw new Error('two options of the schema share an environment name');
  return options;
}

/** What an option accepts, in words that follow "must be". */
export function acceptedBy(schema: AnySchema): string {
  const { accepts } = notesOf(schema);
  if (accepts !== undefined) return accepts;
  const core = unwrapped(schema);
  if (core instanceof z.ZodNumber) return numberText(core);
  if (core instanceof z.ZodBoolean) return 'true or false';
  if (core instanceof z.ZodEnum) return `one of ${core.options.join(', ')}`;
  if (core instanceof z.ZodLiteral) return [...core.values].map(String).join(' or ');
  if (core instanceof z.ZodArray) return `a list${lengthText(core)}`;
  if (core instanceof z.ZodObject) return 'a section with keys of its own';
  if (core instanceof z.ZodRecord) return 'a map';
  if (core instanceof z.ZodUnion && core.options.every((variant) => shapeOf(variant) !== undefined))
    return 'a section with keys of its own';
  return core instanceof z.ZodString
    ? `text${core.minLength === 1 ? ', not empty' : ''}`
    : core._zod.def.type;
}

function* leaves(
  schema: AnySchema,
  keys: readonly string[],
  env: string,
  ofSection: Liveness,
): Generator<EnvironmentOption> {
  const live = livenessOf(schema, ofSection);
  const shape = shapeOf(schema);
  if (shape === undefined) {
    yield { keys, env, schema, live };
    return;
  }
  for (const [key, inner] of Object.entries(shape)) {
    yield* leaves(inner, [...keys, key], `${env}_${environmentName(key)}`, live);
  }
}

function entryOptions(schema: AnySchema, path: string, ofList: Liveness): Option[] {
  const variants = variantsOf(schema);
  if (variants !== undefined) return variantOptions(variants, path, ofList);
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([key, inner]) => {
    const option = optionOf(inner, `${path}.${key}`, undefined, livenessOf(inner, ofList));
    return [option, ...entryOptions(inner, option.path, option.live)];
  });
}

/** Keys in the order they come, each once for all variants that mean the same by it; what only some have says whose it is. */
function variantOptions(variants: readonly AnySchema[], path: string, live: Liveness): Option[] {
  const marks = variants.map(markOf);
  const found = new Map<string, { option: Option; owners: Mark[] }>();
  for (const [index, variant] of variants.entries()) {
    const mark = marks[index]!;
    for (const option of entryOptions(variant, path, live)) {
      const meaning = isMark(option, path, mark) ? option.path : JSON.stringify(option);
      const known = found.get(meaning);
      if (known === undefined) found.set(meaning, { option, owners: [mark] });
      else known.owners.push(mark);
    }
  }
  return [...found.values()].map(({ option, owners }) => {
    if (isMark(option, path, owners[0]!)) return markOption(option, owners);
    if (owners.length === variants.length) return option;
    const whose = owners.map(({ name }) => `\`${name}\``).join(', ');
    return { ...option, description: `${whose}: ${option.description}` };
  });
}

function isMark(option: Option, path: string, { key }: Mark): boolean {
  return option.path === `${path}.${key}`;
}

/** What tells a variant from the others. */
interface Mark {
  readonly key: string | undefined;
  readonly name: string;
  readonly description: string;
}

/** The first key with fixed values. */
function markOf(variant: AnySchema): Mark {
  for (const [key, inner] of Object.entries(shapeOf(variant) ?? {})) {
    const core = unwrapped(inner);
    const { description = '' } = notesOf(inner);
    if (core instanceof z.ZodLiteral)
      return { key, name: [...core.values].map(String).join(', '), description };
  }
  return { key: undefined, name: '', description: '' };
}

function markOption(option: Option, owners: readonly Mark[]): Option {
  const says = owners.map(({ name, description }) => `\`${name}\`: ${description}`);
  return {
    ...option,
    type: `one of ${owners.map(({ name }) => name).join(', ')}`,
    description: says.join(' '),
  };
}

function optionOf(schema: AnySchema, path: string, env: string | undefined, live: Liveness): Option {
  const { description = '', secret = false, defaultText } = notesOf(schema);
  const value = defaultText === undefined ? defaultOf(schema) : undefined;
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return { path, env, type: acceptedBy(schema), default: defaultText ?? written, description, secret, live };
}

/** `maxPacketBytes` → `MAX_PACKET_BYTES` */
function environmentName(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

function numberText(schema: z.ZodNumber): string {
  const kind = schema.isInt ? 'a whole number' : 'a number';
  const least = bounded(schema.minValue);
  const most = bounded(schema.maxValue);
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  if (least !== undefined) return `${kind} from ${least}`;
  return most === undefined ? kind : `${kind} up to ${most}`;
}

function bounded(bound: number | null): number | undefined {
  return bound === null || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function lengthText(schema: z.ZodArray): string {
  // zod keeps an array's limits with its checks alone.
  const limits = (schema.def.checks ?? []).map(
    (check) => check._zod.def as { minimum?: number; maximum?: number },
  );
  const least = limits.find(({ minimum }) => minimum !== undefined)?.minimum;
  const most = limits.find(({ maximum }) => maximum !== undefined)?.maximum;
  if (most === undefined) return least === undefined ? '' : ` of at least ${least}`;
  return least === undefined ? ` of at most ${most}` : ` of ${least} to ${most}`;
}
