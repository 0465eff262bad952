import type { AuditRecord } from './audit-record.ts';

export const sinkNames = ['stdout', 'file', 'syslog'] as const;
export type SinkName = (typeof sinkNames)[number];

/** A place audit records go to. Never waits and never throws; what it cannot keep is dropped and counted. */
export interface AuditSink {
  readonly name: SinkName;
  write(record: AuditRecord): void;
  /** Records lost since the sink was opened. */
  readonly dropped: number;
  /** Bytes that wait to be written. */
  readonly waitingBytes: number;
  /** The file was moved away: goes on in a new one. */
  reopen?(): void;
  /** Writes what waits, as far as that is possible at once. Idempotent. */
  stop(): Promise<void>;
}

/** What a sink tells of itself: once when it stops working, once when it works again. */
export interface SinkNews {
  onDown(sink: SinkName, why: string): void;
  onUp(sink: SinkName): void;
}

/** Tells each change once. */
export class SinkState {
  readonly #name: SinkName;
  readonly #news: SinkNews;
  #isDown = false;

  constructor(name: SinkName, news: SinkNews) {
    this.#name = name;
    this.#news = news;
  }

  failed(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#news.onDown(this.#name, error instanceof Error ? error.message : String(error));
  }

  works(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#news.onUp(this.#name);
  }
}
