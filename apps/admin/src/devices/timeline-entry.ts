import { countOf, parsePenalties, type TimelineLine } from '@tributary/backplane';
import { timelineEntrySchema, type QualityPoint, type TimelineEntry } from '@tributary/protocol/admin-api';
import { lineTexts } from './timeline-text.ts';

const kinds = timelineEntrySchema.shape.kind;
/** Facts that have a place of their own in an entry. */
const placed = new Set(['kind', 'ts', 'epoch', 'node', 'reason']);
const maxFacts = 24;
const maxTextLength = 512;

/** A line as an operator reads it; undefined for points, which are drawn, and for kinds this version does not know. */
export function toEntry({ id, fields }: TimelineLine): TimelineEntry | undefined {
  const field = (name: string): string => (fields.get(name) ?? '').slice(0, maxTextLength);
  const kind = kinds.safeParse(field('kind'));
  if (!kind.success) return undefined;
  const facts = [...fields].filter(([name]) => !placed.has(name)).slice(0, maxFacts);
  return {
    id,
    at: countOf(field('ts')),
    kind: kind.data,
    by: causerOf(kind.data, field('by')),
    reason: reasonOf(kind.data, field),
    text: lineTexts[kind.data]!(field).slice(0, maxTextLength),
    epoch: countOf(field('epoch')),
    node: field('node'),
    facts: Object.fromEntries(
      facts.map(([name, value]) => [name.slice(0, 64), value.slice(0, maxTextLength)]),
    ),
  };
}

function causerOf(kind: TimelineEntry['kind'], by: string): string {
  if (kind === 'action') return 'operator';
  if (kind === 'quality') return 'network';
  if (kind === 'connected' || kind === 'superseded') return 'device';
  return by === '' ? 'gateway' : by;
}

function reasonOf(kind: TimelineEntry['kind'], field: (name: string) => string): string {
  if (kind === 'quality') return field('band');
  if (kind === 'action') return field('action');
  if (kind === 'class') return field('class');
  return field('reason');
}

/** The point of quality a line has; undefined for lines of other kinds. */
export function toPoint({ fields }: TimelineLine): QualityPoint | undefined {
  const kind = fields.get('kind');
  if (kind !== 'quality' && kind !== 'point') return undefined;
  const score = figure(fields.get('score'));
  return {
    at: countOf(fields.get('ts')),
    score,
    penalties: score === null ? null : parsePenalties(fields.get('penalties') ?? ''),
    rttMs: figure(fields.get('rttMs')),
    jitterMs: figure(fields.get('jitterMs')),
    lossRatio: figure(fields.get('lossRatio')),
  };
}

function figure(text: string | undefined): number | null {
  const value = Number(text);
  return text !== undefined && text !== '' && Number.isFinite(value) && value >= 0 ? value : null;
}
