import type { z } from 'zod';
import { deepFreeze, type DeepReadonly } from './deep-freeze.ts';
import type { Liveness } from './option-notes.ts';
import { livenessOf, shapeOf, type AnySchema } from './schema-walk.ts';

/** `running` with those values of `wanted` that take effect while the program runs. Frozen. */
export function withLiveValues<T>(
  schema: z.ZodObject,
  running: DeepReadonly<T>,
  wanted: DeepReadonly<T>,
): DeepReadonly<T> {
  return deepFreeze(merged(running, wanted, schema, false) as T);
}

/** A section is gone through key by key; a list or a map is taken over whole. */
function merged(running: unknown, wanted: unknown, schema: AnySchema, ofSection: Liveness): unknown {
  const live = livenessOf(schema, ofSection);
  const shape = shapeOf(schema);
  if (shape === undefined || !isTree(running) || !isTree(wanted)) return live === false ? running : wanted;
  const entries = Object.entries(shape).map(([key, inner]) => [
    key,
    merged(running[key], wanted[key], inner, live),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
