import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { bare, nearest } from './nearest.ts';
import { acceptedBy, environmentOptions } from './options.ts';
import { pathText } from './path-text.ts';
import { holdsSecret, schemaAt, shapeOf, type Path } from './schema-walk.ts';
import { excerpt } from './secrets.ts';

const longestShown = 80;

/** What was checked, for telling people about it. */
export interface Checked {
  readonly schema: z.ZodObject;
  readonly value: unknown;
  /** Where the value at a path came from: `FILE:LINE` or a variable; undefined for a default. */
  sourceOf(path: Path): string | undefined;
}

/** The issues of a parse as sentences an operator can act on. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], checked: Checked): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return problemOf(issue, checked);
    return issue.keys.map((key) => unknownKey([...issue.path, key], checked));
  });
}

function problemOf(issue: z.core.$ZodIssue, { schema, value, sourceOf }: Checked): ConfigProblem {
  const path = pathText(issue.path);
  const name = path === '' ? 'the configuration' : path;
  const found = valueAt(value, issue.path);
  const isMissing = found === undefined;
  const option = schemaAt(schema, issue.path);
  // Checks of our own speak for themselves; zod's are told from what the schema accepts.
  const accepted =
    issue.code === 'custom' || option === undefined ? issue.message : `must be ${acceptedBy(option)}`;
  const predicate = isMissing && issue.code !== 'custom' ? `is missing; it ${accepted}` : accepted;
  const isSecret = option === undefined || holdsSecret(option);
  const got =
    isMissing || (issue.code === 'custom' && typeof found === 'object')
      ? ''
      : `got ${shown(found, isSecret)}`;
  const source = sourceOf(issue.path);
  const facts = [got, source].filter((fact) => fact !== undefined && fact !== '').join(' in ');
  return { path, message: `${name} ${predicate}${facts === '' ? '' : ` (${facts})`}` };
}

function unknownKey(keys: Path, { schema, sourceOf }: Checked): ConfigProblem {
  const path = pathText(keys);
  const meant = meantKey(keys, schema);
  const source = sourceOf(keys);
  const advice = meant === undefined ? '' : `; did you mean ${meant}?`;
  return { path, message: `unknown key ${path}${advice}${source === undefined ? '' : ` (${source})`}` };
}

/** A sibling of nearly the same name, else an option elsewhere that the name says exactly. */
function meantKey(keys: Path, schema: z.ZodObject): string | undefined {
  const section = keys.slice(0, -1);
  const key = String(keys.at(-1));
  const holder = schemaAt(schema, section);
  const sibling = nearest(key, Object.keys((holder && shapeOf(holder)) ?? {}));
  if (sibling !== undefined) return pathText([...section, sibling]);
  const elsewhere = environmentOptions(schema, '').find(
    (option) => bare(option.keys.at(-1) ?? '') === bare(key) || bare(option.keys.join('')) === bare(key),
  );
  return elsewhere && pathText(elsewhere.keys);
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as Record<PropertyKey, unknown>)[step];
  }
  return inner;
}

function shown(value: unknown, isSecret: boolean): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  if (isSecret) return 'a value not shown here';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(excerpt(value, longestShown));
}
