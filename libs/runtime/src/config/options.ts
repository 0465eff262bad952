import type { z } from 'zod';

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
  readonly secret: boolean;
}

/** Every option of a schema in the schema's order. */
export function listOptions(schema: z.ZodObject, prefix: string): Option[] {
  void schema;
  void prefix;
  return [];
}
