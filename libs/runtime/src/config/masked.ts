import { z } from 'zod';
import {
  elementOf,
  holdsSecret,
  notesOf,
  shapeOf,
  valueTypeOf,
  variantsOf,
  type AnySchema,
} from './schema-walk.ts';
import { maskSecret } from './secrets.ts';

/** A checked value as it may be shown: keys in the schema's order, passwords masked. */
export function masked(value: unknown, schema: AnySchema): unknown {
  if (value === undefined) return undefined;
  if (notesOf(schema).secret === true) return maskSecret(value);
  const variants = variantsOf(schema);
  if (variants !== undefined) return maskedVariant(value, variants);
  if (Array.isArray(value)) {
    const entry = elementOf(schema);
    return entry === undefined ? value : value.map((inner) => masked(inner, entry));
  }
  return isTree(value) ? maskedTree(value, schema) : value;
}

function maskedTree(value: Readonly<Record<string, unknown>>, schema: AnySchema): unknown {
  const shape = shapeOf(schema);
  const ofAny = valueTypeOf(schema);
  const keys = Object.keys(shape ?? value).filter((key) => value[key] !== undefined);
  const maskedAt = (key: string): unknown => {
    const inner = shape?.[key] ?? ofAny;
    return inner === undefined ? value[key] : masked(value[key], inner);
  };
  return Object.fromEntries(keys.map((key) => [key, maskedAt(key)]));
}

/** By the first of the choices that takes the value; when none does, nothing is shown that might be a password. */
function maskedVariant(value: unknown, variants: readonly AnySchema[]): unknown {
  const taken = variants.find((variant) => z.safeParse(variant, value).success);
  if (taken !== undefined) return masked(value, taken);
  return variants.some(holdsSecret) ? maskSecret(undefined) : value;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
