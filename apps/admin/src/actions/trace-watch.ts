import type { Trace, TraceEvent } from '@tributary/protocol/admin-api';
import type { Logger } from '@tributary/runtime';
import type { TraceDesk } from './trace-desk.ts';
import type { TraceReader } from './trace-reader.ts';

/** How often a watched trace is read, ms. */
const pollMs = 250;
/** How often its state and its totals are, ms. */
const statePollMs = 1000;
/** Events read in one poll: more than all nodes together may write in that time. */
const pollCount = 500;
/** What a viewer gets first. */
const firstCount = 200;
/** The most events that wait for a viewer to be sent; of more the oldest are left out. */
const maxWaiting = 2000;

/** What a viewer follows. */
export interface TraceLooks {
  readonly id: string;
  /** The entry after which it begins; without it with the last ones. */
  readonly after: string | undefined;
  readonly canReadPayload: boolean;
}

/** A running trace as one viewer follows it. Nothing is read for a trace that nobody watches. */
export class TraceWatch {
  /** Null: there is no such trace, or it was not read yet. */
  trace: Trace | null;
  hasNews = false;
  readonly #id: string;
  readonly #desk: TraceDesk;
  readonly #reader: TraceReader;
  readonly #logger: Logger;
  readonly #canReadPayload: boolean;
  readonly #timers: NodeJS.Timeout[];
  #after: string | undefined;
  #waiting: TraceEvent[] = [];
  #isReading = false;

  constructor(looks: TraceLooks, parts: { desk: TraceDesk; reader: TraceReader; logger: Logger }) {
    this.#id = looks.id;
    this.#after = looks.after;
    this.#canReadPayload = looks.canReadPayload;
    this.#desk = parts.desk;
    this.#reader = parts.reader;
    this.#logger = parts.logger;
    this.trace = parts.desk.lastSeen(looks.id) ?? null;
    this.#timers = [
      setInterval(() => void this.#read(), pollMs),
      setInterval(() => void this.#readState(), statePollMs),
    ];
    void this.#readState();
    void this.#read();
  }

  /** What came since the last time. */
  take(): TraceEvent[] {
    this.hasNews = false;
    return this.#waiting.splice(0);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const events = await this.#next();
      if (events.length === 0) return;
      // Their number behind them, so that it is never below what is shown.
      await this.#readState();
      this.#after = events.at(-1)!.id;
      this.#waiting = [...this.#waiting, ...events].slice(-maxWaiting);
      this.hasNews = true;
    } catch (error) {
      this.#logger.debug({ err: error, trace: this.#id }, 'a trace could not be read');
    } finally {
      this.#isReading = false;
    }
  }

  #next(): Promise<TraceEvent[]> {
    if (this.#after === undefined) return this.#reader.newest(this.#id, firstCount, this.#canReadPayload);
    return this.#reader.after(this.#id, this.#after, pollCount, this.#canReadPayload);
  }

  async #readState(): Promise<void> {
    try {
      const trace = await this.#desk.get(this.#id);
      if (JSON.stringify(trace) !== JSON.stringify(this.trace)) this.hasNews = true;
      this.trace = trace;
    } catch (error) {
      this.#logger.debug({ err: error, trace: this.#id }, 'a trace could not be read');
    }
  }
}
