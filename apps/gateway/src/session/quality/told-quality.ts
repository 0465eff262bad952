import type { QualityFacts, QualityTouch } from '@tributary/backplane';
import type { LinkMeter } from '../../quality/link-meter.ts';

/** A device is told of at least so often, changed or not, ms. */
export const retellMs = 60_000;
/** A round trip is news when it moved by a fifth, and by ten milliseconds. */
const newsRttShare = 0.2;
const newsRttMs = 10;
/** A point of the timeline: the score moved by so much since the last one, or so long passed. */
const pointScore = 10;
const pointMs = 7_200_000;

/** The facts of a meter, as they are told: milliseconds to a tenth, ratios to a ten-thousandth. */
export function factsOf({ score, band, figures, zombie, flaps }: LinkMeter): QualityFacts {
  return {
    score: score.score,
    band: band.band,
    penalties: score.penalties,
    confidence: score.confidence,
    rttMs: rounded(figures?.rttMs, 10),
    jitterMs: rounded(figures?.jitterMs, 10),
    lossRatio: rounded(figures?.lossRatio, 10_000),
    sources: figures?.sources ?? {},
    zombie,
    flaps,
  };
}

const rounded = (value: number | undefined, parts: number): number | undefined =>
  value === undefined ? undefined : Math.round(value * parts) / parts;

/** What others were told of a link, so that only news is told: a handful of values for each session. */
export class ToldQuality {
  /** '' when none ever was. */
  #band: string;
  #hasBeenKnown = false;
  #score: number | undefined;
  #rttMs: number | undefined;
  #confidence = '';
  #zombie: string | undefined;
  #flaps = -1;
  #sampledMs = -Infinity;
  #pointScore: number | undefined;
  #pointMs = -Infinity;

  /** `band`: the one an earlier connection told last. */
  constructor(band: string) {
    this.#band = band === 'unknown' ? '' : band;
  }

  /** Whether a sample of the meter would be news. */
  isNews(meter: LinkMeter, nowMs: number): boolean {
    return (
      nowMs - this.#sampledMs >= retellMs ||
      meter.score.score !== this.#score ||
      meter.score.confidence !== this.#confidence ||
      meter.zombie !== this.#zombie ||
      meter.flaps !== this.#flaps ||
      hasMoved(this.#rttMs, meter.figures?.rttMs)
    );
  }

  sampled(meter: LinkMeter, nowMs: number): void {
    this.#sampledMs = nowMs;
    this.#score = meter.score.score;
    this.#confidence = meter.score.confidence;
    this.#zombie = meter.zombie;
    this.#flaps = meter.flaps;
    this.#rttMs = meter.figures?.rttMs;
  }

  /** Whether the link is in another band than was told. A new connection that is not measured yet is in none. */
  hasChangedBand({ band: { band } }: LinkMeter): boolean {
    if (band !== 'unknown') this.#hasBeenKnown = true;
    return band !== this.#band && (band !== 'unknown' || this.#hasBeenKnown);
  }

  /** What is to be told with the record now. That a device nobody knew is well is no event. */
  telling(meter: LinkMeter, nowMs: number): QualityTouch['tell'] {
    const { band } = meter.band;
    const isNoNews = this.#band === '' && (band === 'excellent' || band === 'good');
    if (this.hasChangedBand(meter) && !isNoNews)
      return { previousBand: this.#band === '' ? 'unknown' : this.#band };
    return isNoNews || this.#isPoint(meter.score.score, nowMs) ? 'point' : 'record';
  }

  /** It was told, with these facts. */
  told({ tell, facts }: QualityTouch, nowMs: number): void {
    if (tell === 'record') return;
    this.#band = facts.band;
    this.#pointScore = facts.score;
    this.#pointMs = nowMs;
  }

  #isPoint(score: number | undefined, nowMs: number): boolean {
    if (score === undefined) return false;
    const hasMovedFar = this.#pointScore === undefined || Math.abs(score - this.#pointScore) >= pointScore;
    return hasMovedFar || nowMs - this.#pointMs >= pointMs;
  }
}

function hasMoved(from: number | undefined, to: number | undefined): boolean {
  if (from === undefined || to === undefined) return from !== to;
  return Math.abs(to - from) > Math.max(newsRttMs, from * newsRttShare);
}
