import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { deepFreeze, type DeepReadonly } from './deep-freeze.ts';
import { readEnvironment, unknownVariables, type Environment, type Setting } from './environment.ts';
import { environmentOptions } from './options.ts';
import { problemsOf } from './problems.ts';
import { shapeOf, type AnySchema, type Path } from './schema-walk.ts';

export interface ConfigRequest<S extends z.ZodObject> {
  /** Strict objects for sections, scalars, lists and records for options. */
  readonly schema: S;
  /** YAML or JSON file to read; without it the environment and the defaults decide alone. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** First part of every variable's name, e.g. `TRIBUTARY`. */
  readonly prefix: string;
  /** Variables with the prefix that belong to other programs; a trailing `*` stands for any rest. */
  readonly ignore?: readonly string[];
  /** Sets of defaults by name, one of which the key `profile` may choose; they lie under the file and the environment. */
  readonly profiles?: Readonly<Record<string, object>>;
}

export interface LoadedConfig<T> {
  /** Frozen at every depth. */
  readonly config: DeepReadonly<T>;
  /** Sentences for the log: things that look wrong but stop nothing, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/**
 * Reads a program's configuration once: defaults, then those of the profile, then the file, then the environment, the later winning.
 * @throws ConfigError with every problem found, each naming its key, its source and what is accepted.
 */
export function loadConfig<S extends z.ZodObject>(request: ConfigRequest<S>): LoadedConfig<z.output<S>> {
  const { schema, file, env, prefix, ignore = [], profiles = {} } = request;
  const options = environmentOptions(schema, prefix);
  const fromFile = file === undefined ? undefined : readConfigFile(file);
  const { settings, problems } = readEnvironment(options, env);

  const said = withoutEmptySections(fromFile?.value ?? {}, schema);
  const asked = settings.reduce<unknown>(
    (tree, setting) => withValue(tree, setting.keys, setting.value),
    said,
  );
  const value = laidOver(profileOf(asked, profiles), asked);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const sourceOf = (path: Path): string | undefined => sourceIn(path, settings, fromFile);
    problems.push(...problemsOf(parsed.error.issues, { schema, value, sourceOf }));
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return { config: deepFreeze(parsed.data), warnings: unknownVariables(options, env, prefix, ignore) };
}

function profileOf(asked: unknown, profiles: Readonly<Record<string, object>>): object {
  const name = isTree(asked) ? asked.profile : undefined;
  return typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name]! : {};
}

/** A tree laid over another, section by section; lists replace. */
function laidOver(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isTree(below) || !isTree(above)) return above;
  const keys = new Set([...Object.keys(above), ...Object.keys(below)]);
  return Object.fromEntries([...keys].map((key) => [key, laidOver(below[key], above[key])]));
}

/** A section whose keys are all commented out is empty, where YAML says null. */
function withoutEmptySections(value: unknown, schema: AnySchema): unknown {
  const shape = shapeOf(schema);
  if (shape === undefined || !isTree(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (known === undefined) return [[key, inner]];
    const isEmptySection = inner === null && shapeOf(known) !== undefined;
    return isEmptySection ? [] : [[key, withoutEmptySections(inner, known)]];
  });
  return Object.fromEntries(kept);
}

/** A copy of the tree with one value set; what is in the way and no section stays, for the schema to refuse. */
function withValue(tree: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (!isTree(tree)) return tree;
  return { ...tree, [key]: withValue(tree[key] ?? {}, rest, value) };
}

function sourceIn(
  path: Path,
  settings: readonly Setting[],
  file: ConfigFile | undefined,
): string | undefined {
  const setting = settings.find(({ keys }) => keys.every((key, index) => path[index] === key));
  return setting?.env ?? file?.locate(path);
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
