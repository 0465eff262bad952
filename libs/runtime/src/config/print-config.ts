import { stringify } from 'yaml';
import type { z } from 'zod';
import { masked } from './masked.ts';

/** A config as YAML in the schema's order, passwords masked. */
export function printConfig(schema: z.ZodObject, config: object): string {
  return stringify(masked(config, schema), { aliasDuplicateObjects: false, lineWidth: 0 });
}
