import { isTraceRunning, listTraces, maxRunningTraces, type TraceEvent } from '@tributary/backplane';
import { addressOfEndpoint, isMeant } from '@tributary/protocol';
import type { Session } from '../../session/session.ts';
import type { OperationsParts, Refused } from '../parts.ts';
import { Reloader } from '../reloader.ts';
import { RunningTrace } from './running-trace.ts';
import { TraceTap } from './trace-tap.ts';

/** How often what was seen is written, and traces end whose time is over, ms. */
const tickMs = 100;
/** The most connections one trace looks at on a node: one of a whole network is a sample. */
const maxWatched = 200;

/** The traces that run, as this node sees them: taps on the connections they are about, wherever those come and go. */
export class Traces {
  readonly #parts: OperationsParts;
  readonly #reloader: Reloader;
  #running: RunningTrace[] = [];
  readonly #taps = new Map<Session, TraceTap>();
  #timer: NodeJS.Timeout | undefined;
  /** Events left out by traces that have ended. */
  #droppedBefore = 0;
  readonly #note = (dropped: number): TraceEvent =>
    this.#event('', 0, 'dropped', `${dropped} events left out`);

  constructor(parts: OperationsParts) {
    this.#parts = parts;
    this.#reloader = new Reloader(parts.store, parts.logger, 'the traces', () => this.#read());
  }

  /** Connections that are looked at. */
  get watched(): number {
    return this.#taps.size;
  }
  /** Sessions that are looked at. */
  sessions(): Iterable<Session> {
    return this.#taps.keys();
  }
  /** Events left out since the start. */
  get dropped(): number {
    return this.#running.reduce((sum, trace) => sum + trace.droppedSoFar, this.#droppedBefore);
  }

  start(): Promise<void> {
    return this.#reloader.start();
  }

  stop(): void {
    this.#reloader.stop();
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const session of [...this.#taps.keys()]) this.#detach(session);
    for (const trace of this.#running) void this.#finish(trace);
    this.#running = [];
  }

  /** Reads the traces again. @returns how many connections are looked at now */
  async apply(): Promise<number> {
    await this.#reloader.reload();
    return this.#taps.size;
  }

  /** A session begins, and nothing was said to its device yet. */
  begun(session: Session): void {
    if (this.#running.length === 0) return;
    const { connection } = session;
    const facts = `${connection.protocol} from ${connection.transport.remoteAddress} through ${connection.listener}`;
    this.#attach(session)?.happened('connected', facts);
  }

  /** Its connection has ended. */
  left(session: Session): void {
    const tap = this.#taps.get(session);
    if (tap === undefined) return;
    const detail = session.endedDetail === undefined ? '' : ` (${session.endedDetail})`;
    tap.happened('disconnected', `${session.endedBy ?? ''}${detail}`);
    this.#detach(session);
  }

  /** Somebody was turned away, before there was a session. */
  refused({ reason, address, clientId }: Refused): void {
    if (this.#running.length === 0) return;
    const meant = this.#meaning(clientId ?? '', address);
    const at = this.#parts.monotonic();
    for (const trace of meant) {
      if (!trace.takes(at)) continue;
      trace.add(this.#event(clientId ?? '', 0, 'refused', `${reason}, from ${address}`));
    }
  }

  async #read(): Promise<void> {
    const { store, keys, now } = this.#parts;
    const orders = (await listTraces(store.redis, keys, now())).filter((one) => isTraceRunning(one, now()));
    // However many there are in Redis.
    const wanted = orders.slice(-maxRunningTraces);
    const kept = this.#running.filter(({ order }) => wanted.some(({ id }) => id === order.id));
    const added = wanted.filter(({ id }) => !kept.some(({ order }) => order.id === id));
    if (kept.length === this.#running.length && added.length === 0) return;
    this.#set([...kept, ...added.map((order) => new RunningTrace(order))]);
  }

  /** From now on these run; the taps are made anew for them. */
  #set(running: RunningTrace[]): void {
    for (const ended of this.#running.filter((trace) => !running.includes(trace))) {
      this.#droppedBefore += ended.droppedSoFar;
      void this.#finish(ended);
    }
    this.#running = running;
    for (const session of [...this.#taps.keys()]) this.#detach(session);
    if (running.length > 0) for (const session of this.#candidates()) this.#attach(session);
    clearInterval(this.#timer);
    this.#timer = running.length === 0 ? undefined : setInterval(() => this.#tick(), tickMs);
  }

  /** Who may be meant: with traces of client ids alone nobody else is looked at. */
  #candidates(): Iterable<Session> {
    const { registry } = this.#parts;
    if (this.#running.some(({ target }) => target.kind !== 'id')) return [...registry.all()];
    return this.#running.flatMap(({ target }) =>
      target.kind === 'id' ? (registry.get(target.id) ?? []) : [],
    );
  }

  #attach(session: Session): TraceTap | undefined {
    if (this.#taps.has(session)) return this.#taps.get(session);
    const { remoteAddress } = session.connection.transport;
    const meant = this.#meaning(session.clientId, remoteAddress).filter(
      ({ watched }) => watched < maxWatched,
    );
    if (meant.length === 0) return undefined;
    for (const trace of meant) trace.watched++;
    const tap = new TraceTap(session, meant, this.#parts);
    this.#taps.set(session, tap);
    session.connection.tap = tap;
    return tap;
  }

  #detach(session: Session): void {
    const tap = this.#taps.get(session);
    if (tap === undefined) return;
    this.#taps.delete(session);
    session.connection.tap = undefined;
    for (const trace of tap.traces) trace.watched--;
  }

  #meaning(clientId: string, endpoint: string): RunningTrace[] {
    const needsAddress = this.#running.some(({ target }) => target.kind !== 'id');
    const address = needsAddress ? addressOfEndpoint(endpoint) : undefined;
    return this.#running.filter(({ target }) => isMeant(target, clientId, address));
  }

  #tick(): void {
    const now = this.#parts.now();
    for (const trace of this.#running) void this.#flush(trace);
    const running = this.#running.filter(({ order }) => order.until > now);
    if (running.length < this.#running.length) this.#set(running);
  }

  #flush(trace: RunningTrace): Promise<void> {
    return trace.flush(this.#parts.store, this.#parts.keys, this.#note);
  }

  #finish(trace: RunningTrace): Promise<void> {
    return trace.finish(this.#parts.store, this.#parts.keys, this.#note);
  }

  #event(device: string, epoch: number, type: string, detail: string): TraceEvent {
    const { now, nodeName } = this.#parts;
    return { ts: now(), node: nodeName(), device, epoch, direction: 'none', type, detail };
  }
}
