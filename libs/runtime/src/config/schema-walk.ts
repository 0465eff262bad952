import { z } from 'zod';
import type { Liveness, OptionNotes } from './option-notes.ts';

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

/** The schema of a map's values, or undefined when the schema is not a map. */
export function valueTypeOf(schema: AnySchema): AnySchema | undefined {
  const core = unwrapped(schema);
  return core instanceof z.ZodRecord ? core.valueType : undefined;
}

/** What a value may be, where the schema is a choice between schemas (a union), else undefined. */
export function variantsOf(schema: AnySchema): readonly AnySchema[] | undefined {
  const core = unwrapped(schema);
  return core instanceof z.ZodUnion ? core.options : undefined;
}

/** The schema of the value at `path`, as far as the schema knows it. */
export function schemaAt(root: AnySchema, path: Path): AnySchema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return root;
  for (const variant of variantsOf(root) ?? [root]) {
    const inner = stepInto(variant, step);
    const found = inner === undefined ? undefined : schemaAt(inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function stepInto(schema: AnySchema, step: PropertyKey): AnySchema | undefined {
  const shape = shapeOf(schema);
  if (shape === undefined) return elementOf(schema) ?? valueTypeOf(schema);
  return typeof step === 'string' && Object.hasOwn(shape, step) ? shape[step] : undefined;
}

/** What was said about a schema with `.describe()` and `.meta()`, on whichever of its wrappers; the outermost wins. */
export function notesOf(schema: AnySchema): SchemaNotes {
  const inner = innerOf(schema);
  const own = z.globalRegistry.get(schema) as SchemaNotes | undefined;
  return { ...(inner === undefined ? {} : notesOf(inner)), ...own };
}

/** Whether a value takes effect while the program runs: what the schema says, else what its section does. */
export function livenessOf(schema: AnySchema, ofSection: Liveness): Liveness {
  return notesOf(schema).live ?? ofSection;
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
  const within = [
    ...Object.values(shapeOf(schema) ?? {}),
    ...(variantsOf(schema) ?? []),
    elementOf(schema),
    valueTypeOf(schema),
  ];
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
