import { z } from 'zod';
import type { OptionNotes } from './option-notes.ts';

/** Any schema, as zod hands out the inner ones. */
export type AnySchema = z.core.$ZodType;
export type Path = readonly PropertyKey[];

export interface SchemaNotes extends OptionNotes {
  readonly description?: string;
}

/** The schema without the wrappers that only say what happens when a value is absent. */
export function unwrapped(schema: AnySchema): AnySchema {
  const inner = innerOf(schema);
  return inner === undefined ? schema : unwrapped(inner);
}

/** The keys of a section, or undefined when the schema is not one. */
export function shapeOf(schema: AnySchema): Readonly<Record<string, AnySchema>> | undefined {
  const core = unwrapped(schema);
  return core instanceof z.ZodObject ? core.shape : undefined;
}

/** The schema of a list's entries, or undefined when the schema is not a list. */
export function elementOf(schema: AnySchema): AnySchema | undefined {
  const core = unwrapped(schema);
  return core instanceof z.ZodArray ? core.element : undefined;
}

/** The schema of the value at `path`, as far as the schema knows it. */
export function schemaAt(root: AnySchema, path: Path): AnySchema | undefined {
  let schema: AnySchema | undefined = root;
  for (const step of path) {
    if (schema === undefined) return undefined;
    const shape = shapeOf(schema);
    if (shape === undefined) schema = elementOf(schema);
    else schema = typeof step === 'string' && Object.hasOwn(shape, step) ? shape[step] : undefined;
  }
  return schema;
}

/** What was said about a schema with `.describe()` and `.meta()`, on whichever of its wrappers; the outermost wins. */
export function notesOf(schema: AnySchema): SchemaNotes {
  const inner = innerOf(schema);
  const own = z.globalRegistry.get(schema) as SchemaNotes | undefined;
  return { ...(inner === undefined ? {} : notesOf(inner)), ...own };
}

/** The value taken when none is given; undefined when there is none. */
export function defaultOf(schema: AnySchema): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.def.defaultValue;
  const inner = innerOf(schema);
  return inner === undefined ? undefined : defaultOf(inner);
}

/** Whether the value may hold a password, itself or anywhere within. */
export function holdsSecret(schema: AnySchema): boolean {
  if (notesOf(schema).secret === true) return true;
  const within = [...Object.values(shapeOf(schema) ?? {}), elementOf(schema)];
  return within.some((inner) => inner !== undefined && holdsSecret(inner));
}

function innerOf(schema: AnySchema): AnySchema | undefined {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly;
  return isWrapper ? schema.def.innerType : undefined;
}
