import {
  addQualityBins,
  emptyQualityBins,
  type QualityBins,
  type RollUp,
  type RollUpFigures,
  type RollUpStep,
  rollUpSteps,
} from '@tributary/backplane';

/** What a node is at one moment: what is so now, and what was counted since the last. */
export interface Moment {
  readonly bins: QualityBins;
  readonly figures: RollUpFigures;
}

/** What is so now is averaged over a slot; the rest is counted in it. */
const gauges = ['connections', 'loopDelayMs', 'rssBytes', 'redisLatencyMs'] as const;
const counts = ['messagesIn', 'stored', 'bytesIn', 'connects', 'disconnects'] as const;

/**
 * Sums up moments into slots of 15 seconds, those into minutes, those into ten minutes. Averages are over the whole slot,
 * the time before the node was there included, so that nodes can be added. Constant memory, however long it runs.
 */
export class RollUps {
  readonly #steps: readonly Slot[];

  constructor() {
    this.#steps = (Object.keys(rollUpSteps) as RollUpStep[]).map((step) => new Slot(step));
  }

  /** Takes in what the last `ms` were like. @returns the slots that ended, `now` in Unix ms */
  add(moment: Moment, ms: number, now: number): RollUp[] {
    const ended: RollUp[] = [];
    let more: { moment: Moment; ms: number } | undefined = { moment, ms };
    for (const slot of this.#steps) {
      if (more !== undefined) slot.add(more.moment, more.ms);
      const rolled = slot.endAt(now);
      if (rolled !== undefined) ended.push(rolled);
      more =
        rolled === undefined
          ? undefined
          : { moment: { bins: rolled.bins, figures: rolled.figures }, ms: rollUpSteps[rolled.step].stepMs };
    }
    return ended;
  }
}

/** One slot being filled. */
class Slot {
  readonly #step: RollUpStep;
  readonly #stepMs: number;
  #start = -1;
  #bins = emptyQualityBins();
  #figures = emptyFigures();
  /** Share of the slot that is filled. */
  #filled = 0;

  constructor(step: RollUpStep) {
    this.#step = step;
    this.#stepMs = rollUpSteps[step].stepMs;
  }

  add({ bins, figures }: Moment, ms: number): void {
    // A process that stood still must not count for more than there is.
    const share = Math.min(ms / this.#stepMs, 1 - this.#filled);
    this.#filled += share;
    addQualityBins(this.#bins, bins, share);
    for (const name of gauges) this.#figures[name] += figures[name] * share;
    for (const name of counts) this.#figures[name] += figures[name];
  }

  /** The slot, when another one has begun by `now`. */
  endAt(now: number): RollUp | undefined {
    const start = Math.floor(now / this.#stepMs) * this.#stepMs;
    const ended = this.#start;
    if (start === ended) return undefined;
    this.#start = start;
    // Nothing was there before the node was.
    if (ended < 0) return undefined;
    const rolled = { step: this.#step, ts: ended, bins: this.#bins, figures: this.#figures };
    this.#bins = emptyQualityBins();
    this.#figures = emptyFigures();
    this.#filled = 0;
    return rolled;
  }
}

function emptyFigures(): RollUpFigures {
  return {
    connections: 0,
    messagesIn: 0,
    stored: 0,
    bytesIn: 0,
    connects: 0,
    disconnects: 0,
    loopDelayMs: 0,
    rssBytes: 0,
    redisLatencyMs: 0,
  };
}
