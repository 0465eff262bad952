import { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { nearest } from './nearest.ts';
import { acceptedBy, type EnvironmentOption } from './options.ts';
import { pathText } from './path-text.ts';
import { unwrapped, type AnySchema } from './schema-walk.ts';

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An option as the environment sets it. */
export interface Setting {
  readonly keys: readonly string[];
  readonly env: string;
  readonly value: unknown;
}

/**
 * What the environment sets, as values of the options' types. Text that is not of the type stays text, for the schema
 * to refuse; an empty variable counts as unset.
 */
export function readEnvironment(
  options: readonly EnvironmentOption[],
  env: Environment,
): { settings: Setting[]; problems: ConfigProblem[] } {
  const settings: Setting[] = [];
  const problems: ConfigProblem[] = [];
  for (const { keys, env: name, schema } of options) {
    const text = env[name]?.trim() ?? '';
    if (text === '') continue;
    try {
      settings.push({ keys, env: name, value: valueOf(text, schema) });
    } catch {
      // The parser's own message quotes the text, which may hold a password.
      problems.push({
        path: pathText(keys),
        message: `${name} must be ${acceptedBy(schema)}, written as JSON, and is no JSON`,
      });
    }
  }
  return { settings, problems };
}

/** A sentence for every variable with the prefix that sets nothing, so that a misspelt name is noticed. */
export function unknownVariables(
  options: readonly EnvironmentOption[],
  env: Environment,
  prefix: string,
  ignore: readonly string[],
): string[] {
  const known = new Map(options.map(({ env: name }) => [name.slice(prefix.length + 1), name]));
  return Object.keys(env)
    .filter((name) => name.startsWith(`${prefix}_`) && !known.has(name.slice(prefix.length + 1)))
    .filter((name) => !ignore.some((pattern) => matches(name, pattern)))
    .toSorted()
    .map((name) => {
      const meant = known.get(nearest(name.slice(prefix.length + 1), known.keys()) ?? '');
      return `unknown variable ${name}, ignored${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

function valueOf(text: string, schema: AnySchema): unknown {
  const core = unwrapped(schema);
  if (core instanceof z.ZodNumber) return numberOf(text) ?? text;
  if (core instanceof z.ZodBoolean) return booleans.get(text.toLowerCase()) ?? text;
  const isStructure = core instanceof z.ZodArray || core instanceof z.ZodRecord;
  return isStructure ? (JSON.parse(text) as unknown) : text;
}

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function numberOf(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
