import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { masked } from './masked.ts';
import type { Liveness } from './option-notes.ts';
import { elementOf, livenessOf, notesOf, shapeOf, type AnySchema } from './schema-walk.ts';
import { excerpt } from './secrets.ts';

const longestShown = 120;

/** One value that differs between two configurations. The texts may be shown: bounded, passwords masked. */
export interface ConfigChange {
  /** Dotted path; entries of a list that have a name go by it: `listeners[ws].port`. */
  readonly path: string;
  /** Undefined: it was not there. */
  readonly from: string | undefined;
  /** Undefined: it is not there any more. */
  readonly to: string | undefined;
  /** Whether it takes effect while the program runs. */
  readonly live: Liveness;
}

/** What differs between two checked configurations of one schema, in the schema's order. */
export function configChanges(schema: z.ZodObject, before: object, after: object): ConfigChange[] {
  return [...changesAt({ before, after, schema, path: '', live: false })];
}

interface Place {
  readonly before: unknown;
  readonly after: unknown;
  readonly schema: AnySchema;
  readonly path: string;
  /** Of what it is in. */
  readonly live: Liveness;
}

function* changesAt({ before, after, schema, path, live: ofSection }: Place): Generator<ConfigChange> {
  if (isDeepStrictEqual(before, after)) return;
  const live = livenessOf(schema, ofSection);
  const shape = shapeOf(schema);
  const entry = notesOf(schema).secret === true ? undefined : elementOf(schema);
  if (shape !== undefined && isTree(before) && isTree(after)) {
    for (const [key, inner] of Object.entries(shape)) {
      const innerPath = path === '' ? key : `${path}.${key}`;
      yield* changesAt({ before: before[key], after: after[key], schema: inner, path: innerPath, live });
    }
  } else if (entry !== undefined && Array.isArray(before) && Array.isArray(after)) {
    yield* changesOfList(before, after, { schema: entry, path, live });
  } else {
    yield { path, from: shown(before, schema), to: shown(after, schema), live };
  }
}

/** The list that entries are in; `schema` is that of an entry. */
type ListPlace = Pick<Place, 'schema' | 'path' | 'live'>;

/** By name where the entries have one, by place where there are as many as before, else what went and what came. */
function* changesOfList(
  before: readonly unknown[],
  after: readonly unknown[],
  list: ListPlace,
): Generator<ConfigChange> {
  const old = byName(before);
  const young = byName(after);
  const pairs =
    old !== undefined && young !== undefined
      ? [...new Set([...old.keys(), ...young.keys()])].map(
          (name) => [name, old.get(name), young.get(name)] as const,
        )
      : before.length === after.length && before.every(isTree)
        ? before.map((entry, index) => [index, entry, after[index]] as const)
        : undefined;
  if (pairs === undefined) return yield* cameAndWent(before, after, list);
  let isOnlyMoved = true;
  for (const [name, entryBefore, entryAfter] of pairs) {
    const path = `${list.path}[${name}]`;
    for (const change of changesAt({ ...list, before: entryBefore, after: entryAfter, path })) {
      isOnlyMoved = false;
      yield change;
    }
  }
  if (isOnlyMoved) yield moved(list);
}

function* cameAndWent(
  before: readonly unknown[],
  after: readonly unknown[],
  { schema, path, live }: ListPlace,
): Generator<ConfigChange> {
  const went = without(before, after).map((entry) => ({
    path,
    from: shown(entry, schema),
    to: undefined,
    live,
  }));
  const came = without(after, before).map((entry) => ({
    path,
    from: undefined,
    to: shown(entry, schema),
    live,
  }));
  yield* went.length + came.length === 0 ? [moved({ schema, path, live })] : [...went, ...came];
}

function moved({ path, live }: ListPlace): ConfigChange {
  return { path, from: 'in one order', to: 'in another order', live };
}

/** The entries of `list` that are not in `other`, each as often as it is there more. */
function without(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const left = new Map<string, number>();
  for (const entry of other) left.set(JSON.stringify(entry), (left.get(JSON.stringify(entry)) ?? 0) + 1);
  return list.filter((entry) => {
    const text = JSON.stringify(entry);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

/** The entries by their names, when every one has a name of its own. */
function byName(list: readonly unknown[]): Map<string, unknown> | undefined {
  const named = new Map<string, unknown>();
  for (const entry of list) {
    if (!isTree(entry) || typeof entry.name !== 'string') return undefined;
    named.set(entry.name, entry);
  }
  return named.size === list.length ? named : undefined;
}

function shown(value: unknown, schema: AnySchema): string | undefined {
  if (value === undefined) return undefined;
  const visible = masked(value, schema);
  const text = typeof visible === 'string' ? visible : JSON.stringify(visible);
  // A long text is cut before it is searched for passwords, which takes none longer than so much.
  return excerpt(text.slice(0, 1000), longestShown);
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
