import { type Cause, bands, causes, confidences, type Penalties } from '@tributary/protocol';
import { type FigureSources, type QualityFacts, zombieReasons } from '../records/quality-facts.ts';

/**
 * The fields of a device record that say how its link is. `quality` is the score; events and timelines, which have some
 * of the others too, call it `score`.
 */
export const qualityRecordFields = [
  'quality',
  'band',
  'penalties',
  'confidence',
  'rttMs',
  'jitterMs',
  'lossRatio',
  'sources',
  'zombie',
  'flaps',
  'qualityAt',
  'qualityVersion',
] as const;
export type QualityRecordField = (typeof qualityRecordFields)[number];

/** The values of `qualityRecordFields`; '' is a field that is not there. `at` in Unix ms, `version` of the formula. */
export function qualityValues(facts: QualityFacts, at: number, version: number): string[] {
  const { score, penalties, sources, zombie } = facts;
  const values: Record<QualityRecordField, string> = {
    quality: figure(score),
    band: facts.band,
    penalties: JSON.stringify(penalties),
    confidence: facts.confidence,
    rttMs: figure(facts.rttMs),
    jitterMs: figure(facts.jitterMs),
    lossRatio: figure(facts.lossRatio),
    sources: JSON.stringify(sources),
    zombie: zombie ?? '',
    flaps: String(facts.flaps),
    qualityAt: String(at),
    qualityVersion: String(version),
  };
  return qualityRecordFields.map((field) => values[field]);
}

const figure = (value: number | undefined): string => (value === undefined ? '' : String(value));

/**
 * Reads what `qualityValues` wrote, of a record, an event or a line of a timeline: `text` answers '' for what is not
 * there. For what cannot be read the figure is not known.
 */
export function parseQuality(text: (field: QualityRecordField) => string): QualityFacts {
  const score = measured(text('quality'));
  return {
    score: score !== undefined && score <= 100 ? score : undefined,
    band: oneOf(bands, text('band')) ?? 'unknown',
    penalties: parsePenalties(text('penalties')),
    confidence: oneOf(confidences, text('confidence')) ?? 'none',
    rttMs: measured(text('rttMs')),
    jitterMs: measured(text('jitterMs')),
    lossRatio: measured(text('lossRatio')),
    sources: parseSources(text('sources')),
    zombie: oneOf(zombieReasons, text('zombie')),
    flaps: countOf(text('flaps')),
  };
}

/** Points by cause from their JSON; what is missing or impossible is 0. */
export function parsePenalties(json: string): Penalties {
  const found = objectOf(json);
  const points = (cause: Cause): number => {
    const value = found[cause];
    return Number.isSafeInteger(value) && (value as number) > 0 ? Math.min(value as number, 100) : 0;
  };
  const [rtt, jitter, loss, flaps, errors, stalls] = causes.map(points);
  return { rtt: rtt!, jitter: jitter!, loss: loss!, flaps: flaps!, errors: errors!, stalls: stalls! };
}

/** Tags from their JSON; what is no text is left out. */
export function parseTags(json: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectOf(json)))
    if (typeof value === 'string') Object.defineProperty(tags, name, { value, enumerable: true });
  return tags;
}

function parseSources(json: string): FigureSources {
  const { rtt, jitter, loss } = objectOf(json);
  return {
    ...(isSource(rtt) ? { rtt } : {}),
    ...(isSource(jitter) ? { jitter } : {}),
    ...(isSource(loss) ? { loss } : {}),
  };
}

const isSource = (value: unknown): value is 'tcp' | 'ws-ping' | 'puback' =>
  value === 'tcp' || value === 'ws-ping' || value === 'puback';

function objectOf(json: string): Record<string, unknown> {
  if (json === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const oneOf = <T extends string>(names: readonly T[], text: string): T | undefined =>
  names.find((name) => name === text);

function measured(text: string): number | undefined {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A decimal number that counts or dates something; whatever else stands there reads as 0. */
export function countOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : 0;
}
