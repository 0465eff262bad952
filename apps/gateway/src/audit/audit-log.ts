import type { AuditKind } from '../config/audit-words.ts';
import type { Audit, AuditEvent } from './audit-event.ts';
import { type CountedEvent, recordOf } from './audit-record.ts';
import type { AuditSink, SinkName } from './audit-sink.ts';
import { Coalescer } from './coalescer.ts';

/** What of the configuration the log itself uses; `S` is what the sinks are opened with. */
export interface AuditSettings {
  readonly kinds: readonly AuditKind[];
  readonly coalesceMs: number;
}

export interface AuditLogOptions<S extends AuditSettings> {
  /** Opens the places the settings name. @param open those open already; one that is the same is answered again */
  readonly openSinks: (settings: S, open: readonly AuditSink[]) => readonly AuditSink[];
  /** `id.incarnation`. */
  readonly nodeName: () => string;
  /** Unix ms. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
}

const lookMs = 1000;

/**
 * Connection and security events, to every place the configuration names. It never waits: what a place cannot take is
 * dropped and counted, and the numbers of the lines show the gap.
 */
export class AuditLog<S extends AuditSettings> implements Audit {
  readonly #options: AuditLogOptions<S>;
  readonly #coalescer: Coalescer;
  readonly #told = new Map<AuditKind, number>();
  /** Lost in sinks that are closed. */
  readonly #lost = new Map<SinkName, number>();
  #kinds: ReadonlySet<AuditKind>;
  #settings: S;
  #sinks: readonly AuditSink[] = [];
  /** Places that are not wanted any more, and write what waits. */
  readonly #closing = new Map<AuditSink, Promise<void>>();
  #seq = 0;
  #timer: NodeJS.Timeout | undefined;
  #state: 'new' | 'open' | 'stopped' = 'new';

  constructor(settings: S, options: AuditLogOptions<S>) {
    this.#options = options;
    this.#coalescer = new Coalescer(settings.coalesceMs);
    this.#kinds = new Set(settings.kinds);
    this.#settings = settings;
  }

  /** Opens the places; events before that are told to nobody. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.#sinks = this.#options.openSinks(this.#settings, []);
  }

  say(event: AuditEvent): void {
    if (this.#sinks.length === 0 || !this.#kinds.has(event.kind)) return;
    if (this.#coalescer.isNews(event, this.#options.monotonic())) this.#write(event);
    if (!this.#coalescer.isEmpty && this.#state === 'open')
      this.#timer ??= setInterval(() => this.tellDue(), lookMs).unref();
  }

  /** Tells what was counted in the intervals that have ended. Called by the timer. */
  tellDue(): void {
    for (const event of this.#coalescer.due(this.#options.monotonic())) this.#write(event);
    if (!this.#coalescer.isEmpty) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** From here on as the settings say. Places that stay as they are lose nothing. */
  configure(settings: S): void {
    const before = this.#sinks;
    this.#settings = settings;
    this.#kinds = new Set(settings.kinds);
    this.#coalescer.intervalMs = settings.coalesceMs;
    if (this.#state !== 'open') return;
    this.#sinks = this.#options.openSinks(settings, before);
    for (const sink of before.filter((one) => !this.#sinks.includes(one)))
      this.#closing.set(sink, this.#close(sink));
  }

  /** Files may have been moved away. */
  reopen(): void {
    for (const sink of this.#sinks) sink.reopen?.();
  }

  /** Tells what is still counted, and writes what waits. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    clearInterval(this.#timer);
    for (const event of this.#coalescer.due(Infinity)) this.#write(event);
    await Promise.all([...this.#sinks.map((sink) => sink.stop()), ...this.#closing.values()]);
  }

  /** Kind → events told since the start. */
  get told(): ReadonlyMap<AuditKind, number> {
    return this.#told;
  }
  /** Events that only count in the line of another. */
  get coalesced(): number {
    return this.#coalescer.coalesced;
  }
  /** Sink → lines lost since the start. */
  dropped(): Map<SinkName, number> {
    const lost = new Map(this.#lost);
    for (const { name, dropped } of [...this.#sinks, ...this.#closing.keys()])
      lost.set(name, (lost.get(name) ?? 0) + dropped);
    return lost;
  }
  /** Sink → bytes that wait. */
  waitingBytes(): Map<SinkName, number> {
    return new Map(this.#sinks.map(({ name, waitingBytes }) => [name, waitingBytes]));
  }

  #write(event: CountedEvent): void {
    const { now, nodeName } = this.#options;
    const record = recordOf(event, now(), nodeName(), ++this.#seq);
    this.#told.set(event.kind, (this.#told.get(event.kind) ?? 0) + (event.count ?? 1));
    for (const sink of this.#sinks) sink.write(record);
  }

  async #close(sink: AuditSink): Promise<void> {
    await sink.stop();
    this.#closing.delete(sink);
    this.#lost.set(sink.name, (this.#lost.get(sink.name) ?? 0) + sink.dropped);
  }
}
