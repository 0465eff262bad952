import { type Band, type Penalties, causes, type ServiceClass } from '@tributary/protocol';
/** Each bin of round trips is a fifth wider than the one before; the last ends above a minute. */
const rttStep = 1.2;
const rttBins = 64;
const firstRttMs = 0.5;

/** What one device was counted as. */
export interface Tallied {
  class: ServiceClass;
  band: Band;
  /** -1 is unknown. */
  score: number;
  penalties: Penalties;
  rttMs: number | undefined;
  /** -1 is unknown. */
  rttBin: number;
}

/** Devices of one class by score; `lost`: points by cause. */
export interface ClassTally {
  readonly scores: number[];
  unknown: number;
  readonly lost: number[];
}

/** What the tally needs of a meter; it keeps there what it counted. */
export interface TallySubject {
  readonly class: ServiceClass;
  readonly band: { readonly band: Band };
  readonly score: { readonly score: number | undefined; readonly penalties: Penalties };
  readonly figures: { readonly rttMs?: number } | undefined;
  tallied: Tallied | undefined;
}

/** How many devices of this node are how well: kept up to date device by device, so that it can be read at any time. */
export class Tally {
  readonly classes: Readonly<Record<ServiceClass, ClassTally>> = {
    critical: emptyClass(),
    standard: emptyClass(),
    bulk: emptyClass(),
  };
  readonly bands: Record<Band, number> = { excellent: 0, good: 0, fair: 0, poor: 0, bad: 0, unknown: 0 };
  readonly #rtt: number[] = zeros(rttBins);
  #rttCount = 0;

  /** How many devices have a known round trip. */
  get rttCount(): number {
    return this.#rttCount;
  }

  /** Counts a device as it is now, and no longer as it was. */
  update(meter: TallySubject): void {
    const { tallied, score, figures, band } = meter;
    if (tallied === undefined) {
      meter.tallied = stateOf(meter);
      this.#add(meter.tallied, 1);
      return;
    }
    const isSame =
      tallied.class === meter.class &&
      tallied.penalties === score.penalties &&
      tallied.score === (score.score ?? -1) &&
      tallied.rttMs === figures?.rttMs &&
      tallied.band === band.band;
    if (isSame) return;
    this.#add(tallied, -1);
    Object.assign(tallied, stateOf(meter));
    this.#add(tallied, 1);
  }

  remove(meter: TallySubject): void {
    const now = meter.tallied;
    if (now === undefined) return;
    meter.tallied = undefined;
    this.#add(now, -1);
  }

  /** The round trip that a share of the devices with one stays below, ms; to a fifth. 0 when none has one. */
  rttQuantile(share: number): number {
    let left = this.#rttCount * share;
    if (left === 0) return 0;
    let bin = 0;
    while (bin < rttBins - 1 && left > this.#rtt[bin]!) left -= this.#rtt[bin++]!;
    const inBin = this.#rtt[bin]!;
    const lower = bin === 0 ? 0 : firstRttMs * rttStep ** (bin - 1);
    return lower + (firstRttMs * rttStep ** bin - lower) * (inBin === 0 ? 1 : left / inBin);
  }

  #add({ class: serviceClass, band, score, penalties, rttBin }: Tallied, by: 1 | -1): void {
    const of = this.classes[serviceClass];
    this.bands[band] += by;
    if (score < 0) of.unknown += by;
    else of.scores[score]! += by;
    for (let i = 0; i < causes.length; i++) of.lost[i]! += penalties[causes[i]!] * by;
    if (rttBin < 0) return;
    this.#rtt[rttBin]! += by;
    this.#rttCount += by;
  }
}

function stateOf({ class: serviceClass, band, score, figures }: TallySubject): Tallied {
  const rttMs = figures?.rttMs;
  return {
    class: serviceClass,
    band: band.band,
    score: score.score ?? -1,
    penalties: score.penalties,
    rttMs,
    rttBin: rttBinOf(rttMs),
  };
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

function emptyClass(): ClassTally {
  return { scores: zeros(101), unknown: 0, lost: zeros(causes.length) };
}

function rttBinOf(rttMs: number | undefined): number {
  if (rttMs === undefined) return -1;
  const bin = Math.ceil(Math.log(rttMs / firstRttMs) / Math.log(rttStep));
  return Math.min(Math.max(bin, 0), rttBins - 1);
}
