import { bands, causes, confidences, type FigureSource, type Penalties } from '@tributary/protocol';
import { type FigureSources, type QualityFacts, zombieReasons } from '../records/quality-facts.ts';

/** The quality of one device in its current epoch. */
export interface QualitySample extends QualityFacts {
  readonly clientId: string;
  readonly epoch: number;
}

const figureSources = ['tcp', 'ws-ping', 'puback'] as const satisfies readonly FigureSource[];
const noPenalties: Penalties = { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };

/**
 * The field `quality` of an entry of `{node:NODE}:samples`: JSON, a line for each device. Names are places in the lists
 * of `@tributary/protocol`; -1 is none, and so is a missing end of a line.
 *
 *     [id, epoch, score, band, [points by cause], confidence, rttMs, jitterMs, lossRatio,
 *      source of rtt, of jitter, of loss, zombie, flaps]
 */
export function encodeQualitySamples(samples: readonly QualitySample[]): string {
  return JSON.stringify(samples.map(lineOf));
}

function lineOf(sample: QualitySample): unknown[] {
  const { penalties, sources } = sample;
  return [
    sample.clientId,
    sample.epoch,
    sample.score ?? -1,
    bands.indexOf(sample.band),
    causes.map((cause) => penalties[cause]),
    confidences.indexOf(sample.confidence),
    sample.rttMs ?? -1,
    sample.jitterMs ?? -1,
    sample.lossRatio ?? -1,
    placeOf(sources.rtt),
    placeOf(sources.jitter),
    placeOf(sources.loss),
    sample.zombie === undefined ? -1 : zombieReasons.indexOf(sample.zombie),
    sample.flaps,
  ];
}

const placeOf = (source: FigureSource | undefined): number =>
  source === undefined ? -1 : figureSources.indexOf(source);

/** Reads what `encodeQualitySamples` wrote. Lines that cannot be are left out, whatever else they are. */
export function decodeQualitySamples(json: string): QualitySample[] {
  const samples: QualitySample[] = [];
  for (const line of linesOf(json)) {
    const sample = sampleOf(line);
    if (sample !== undefined) samples.push(sample);
  }
  return samples;
}

function linesOf(json: string): unknown[][] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((line): line is unknown[] => Array.isArray(line)) : [];
  } catch {
    return [];
  }
}

function sampleOf(line: readonly unknown[]): QualitySample | undefined {
  const [clientId, epoch, score, band, points, confidence, rtt, jitter, loss, ...rest] = line;
  const [rttSource, jitterSource, lossSource, zombie, flaps] = rest;
  if (typeof clientId !== 'string' || !isCount(epoch)) return undefined;
  const known = isCount(score) && score <= 100 ? score : undefined;
  return {
    clientId,
    epoch,
    score: known,
    band: named(bands, band) ?? 'unknown',
    penalties: known === undefined ? noPenalties : penaltiesOf(points),
    confidence: named(confidences, confidence) ?? 'none',
    rttMs: measured(rtt),
    jitterMs: measured(jitter),
    lossRatio: measured(loss),
    sources: {
      ...sourceOf('rtt', rttSource),
      ...sourceOf('jitter', jitterSource),
      ...sourceOf('loss', lossSource),
    },
    zombie: named(zombieReasons, zombie),
    flaps: isCount(flaps) ? flaps : 0,
  };
}

function penaltiesOf(points: unknown): Penalties {
  const list: unknown[] = Array.isArray(points) ? points : [];
  const at = (i: number): number => {
    const value = list[i];
    return isCount(value) && value <= 100 ? value : 0;
  };
  return { rtt: at(0), jitter: at(1), loss: at(2), flaps: at(3), errors: at(4), stalls: at(5) };
}

function sourceOf(figure: keyof FigureSources, place: unknown): FigureSources {
  const source = named(figureSources, place);
  return source === undefined ? {} : { [figure]: source };
}

const named = <T>(names: readonly T[], place: unknown): T | undefined =>
  typeof place === 'number' ? names[place] : undefined;

const measured = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
