import { formatExact } from '../format.ts';

/** What the results of the audit are called; others are shown as they are. */
export const resultWords: Readonly<Record<string, string>> = {
  done: '✓ done',
  accepted: '→ accepted',
  refused: '⊘ refused',
  failed: '✕ failed',
};

/** The question for a page of the audit, without its cursor. Empty fields ask for everything. */
export function auditPath(filter: Readonly<Record<'who' | 'action' | 'target', string>>): string {
  const params = new URLSearchParams({ limit: '100' });
  for (const [name, value] of Object.entries(filter)) {
    if (value.trim() !== '') params.set(name, value.trim());
  }
  return `/audit?${params.toString()}`;
}

const mostFacts = 8;

/** The facts of an entry as words; what is nested is shown as JSON. */
export function factsOf(detail: Readonly<Record<string, unknown>>): [name: string, value: string][] {
  return Object.entries(detail)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .slice(0, mostFacts)
    .map(([name, value]) => [name, factWords(name, value)]);
}

const moments = new Set(['until', 'expiresAt']);
/** ECMAScript has no date beyond. */
const lastMoment = 8.64e15;

function factWords(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (moments.has(name) && typeof value === 'number' && Math.abs(value) <= lastMoment)
    return formatExact(value);
  if (name === 'outcomes' && typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ');
  }
  return JSON.stringify(value);
}
