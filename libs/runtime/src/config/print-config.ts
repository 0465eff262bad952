import { stringify } from 'yaml';
import type { z } from 'zod';
import { elementOf, notesOf, shapeOf, type AnySchema } from './schema-walk.ts';
import { maskSecret } from './secrets.ts';

/** A config as YAML in the schema's order, passwords masked. */
export function printConfig(schema: z.ZodObject, config: object): string {
  return stringify(masked(config, schema), { aliasDuplicateObjects: false, lineWidth: 0 });
}

function masked(value: unknown, schema: AnySchema): unknown {
  if (value !== undefined && notesOf(schema).secret === true) return maskSecret(value);
  const entry = elementOf(schema);
  if (Array.isArray(value)) return entry === undefined ? value : value.map((inner) => masked(inner, entry));
  const shape = shapeOf(schema);
  if (shape === undefined || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(shape).flatMap(([key, inner]) => {
      const held = (value as Record<string, unknown>)[key];
      return held === undefined ? [] : [[key, masked(held, inner)]];
    }),
  );
}
