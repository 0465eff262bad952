import { addQualityBins, emptyQualityBins, type Keys, type Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { ask } from '../redis/ask.ts';
import { classBinsOf, goodShareOf } from './bands-of-bins.ts';
import { readRollUps } from './read-roll-ups.ts';

const dayMs = 86_400_000;
const halfHourMs = 1_800_000;
const slotMs = 600_000;
const holdMs = 60_000;

/** The share of good links in the hour around this moment a day ago, looked up again each minute while somebody asks. */
export class Yesterday {
  readonly #parts: { store: Store; keys: Keys; clock: Clock };
  #value: number | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: { store: Store; keys: Keys; clock: Clock }) {
    this.#parts = parts;
  }

  /** As last looked up; null while it is not known, and where nobody reported then. */
  goodShare(): number | null {
    const at = this.#parts.clock.monotonic();
    if (at - this.#lookedAt >= holdMs) {
      this.#lookedAt = at;
      void this.look().catch(() => (this.#lookedAt = Number.NEGATIVE_INFINITY));
    }
    return this.#value;
  }

  /** @throws HttpProblem 503 when Redis is away */
  async look(): Promise<void> {
    const { store, keys, clock } = this.#parts;
    const middle = clock.now() - dayMs;
    const from = Math.floor((middle - halfHourMs) / slotMs) * slotMs;
    const span = { source: '10m', slotMs, stepMs: slotMs, from, to: from + 2 * halfHourMs } as const;
    const sum = emptyQualityBins();
    await ask(store, (redis) =>
      readRollUps(redis, keys, span, ({ quality }) => quality && addQualityBins(sum, quality)),
    );
    const share = goodShareOf(classBinsOf(sum));
    this.#value = share === null ? null : Math.round(share * 1000) / 1000;
  }
}
