import type { RollUpFigures } from '@tributary/backplane';
import type { Counters } from '../../counters.ts';
import type { NodeFigures } from '../node-figures.ts';

/** The node in one slot of a roll-up: what it is like now, as its beat last measured it, and what was counted since it was last asked. */
export class SlotFigures {
  readonly #counters: Counters;
  #gauges = { connections: 0, loopDelayMs: 0, rssBytes: 0, redisLatencyMs: 0 };
  #before: ReturnType<typeof countedBy>;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#before = countedBy(counters);
  }

  /** The figures of this second. */
  saw({ connections, loopDelayMs, rssBytes, redisLatencyMs }: NodeFigures): void {
    this.#gauges = { connections, loopDelayMs, rssBytes, redisLatencyMs };
  }

  take(): RollUpFigures {
    const now = countedBy(this.#counters);
    const before = this.#before;
    this.#before = now;
    return {
      ...this.#gauges,
      messagesIn: now.messagesIn - before.messagesIn,
      stored: now.stored - before.stored,
      bytesIn: now.bytesIn - before.bytesIn,
      connects: now.connects - before.connects,
      disconnects: now.disconnects - before.disconnects,
    };
  }
}

type Counted = Pick<RollUpFigures, 'messagesIn' | 'stored' | 'bytesIn' | 'connects' | 'disconnects'>;

function countedBy({ messagesIn, stored, bytesIn, connects, disconnects }: Counters): Counted {
  return {
    messagesIn: messagesIn.reduce((sum, count) => sum + count, 0),
    ...{ stored, bytesIn, connects, disconnects },
  };
}
