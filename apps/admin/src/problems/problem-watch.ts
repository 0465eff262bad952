import type { Keys, Store } from '@tributary/backplane';
import type { Alarm, Problems } from '@tributary/protocol/admin-api';
import type { MarkLog } from '../history/marks.ts';
import { NodeMarks } from '../history/node-marks.ts';
import { HttpProblem } from '../http/problem.ts';
import { AlarmEngine, alarmView, stateOf, type AlarmRecord, type Changes } from './alarm-engine.ts';
import { rulesOfFleet, rulesWithoutRedis } from './alarm-rules.ts';
import { AlarmStore } from './alarm-store.ts';
import { FactFinder, type FactParts } from './fact-finder.ts';

export interface ProblemParts extends FactParts {
  marks: MarkLog;
  store: Store;
  /** Alarms have no partition. */
  keys: Keys;
}

/** How often the rules look; their patience is counted in this. */
export const evaluateEveryMs = 2000;
const readEveryMs = 10_000;
/** So long the rules wait for what Redis knows of alarms, and those that were open then for the nodes to be seen again. */
const settleMs = 10_000;
const maxClosedRows = 50;

/** Finds what needs a person, and remembers what persons said about it. */
export class ProblemWatch {
  readonly #parts: ProblemParts;
  readonly #engine = new AlarmEngine();
  readonly #alarms: AlarmStore;
  readonly #finder: FactFinder;
  readonly #nodeMarks: NodeMarks;
  #timer: NodeJS.Timeout | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #restUntil: number;
  #isSyncing = false;
  #version = 0;

  constructor(parts: ProblemParts) {
    this.#parts = parts;
    this.#alarms = new AlarmStore(parts);
    this.#nodeMarks = new NodeMarks(parts.marks);
    this.#finder = new FactFinder(parts);
    this.#restUntil = parts.clock.monotonic() + settleMs;
  }

  /** An entry of an event stream. */
  onEvent(fields: ReadonlyMap<string, string>): void {
    this.#finder.onEvent(fields);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.evaluate(), evaluateEveryMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Grows with every evaluation and every word of an operator. */
  get version(): number {
    return this.#version;
  }

  /** Looks at everything once. */
  evaluate(): void {
    const { fleet, clock } = this.#parts;
    const isLive = fleet.redis.state === 'up' && fleet.phase === 'live';
    const facts = this.#finder.facts();
    this.#tell(this.#engine.evaluate(rulesWithoutRedis, facts));
    if (isLive) this.#nodeMarks.look(facts.nodes, facts.now);
    if (isLive && clock.monotonic() >= this.#restUntil)
      this.#tell(this.#engine.evaluate(rulesOfFleet, facts));
    this.#version++;
    void this.sync();
  }

  /** Brings the alarms and Redis together; while it is away they wait. */
  async sync(): Promise<void> {
    if (this.#isSyncing || !this.#parts.store.isUp) return;
    this.#isSyncing = true;
    try {
      const at = this.#parts.clock.monotonic();
      if (at - this.#readAt >= readEveryMs) await this.#read(at);
      await this.#alarms.save(this.#engine);
    } catch (error) {
      this.#parts.logger.debug({ err: error }, 'alarms were not saved');
    } finally {
      this.#isSyncing = false;
    }
  }

  /** Open alarms by severity. */
  counts(): { critical: number; warning: number } {
    const now = this.#parts.clock.now();
    const counts = { critical: 0, warning: 0 };
    for (const record of this.#engine.records())
      if (stateOf(record, now) === 'open') counts[record.severity]++;
    return counts;
  }

  problems(): Problems {
    const now = this.#parts.clock.now();
    return { alarms: this.#views(now), ...this.#finder.lists(now), at: now };
  }

  /** @throws HttpProblem 404 `alarm-not-found` */
  alarm(id: string): Alarm {
    return alarmView(this.#record(id), this.#parts.clock.now());
  }

  /** Somebody takes care of it. Undone when it closes. @throws HttpProblem 404; 503 when it could not be stored */
  acknowledge(id: string, by: string): Promise<Alarm> {
    return this.#change(id, { acknowledgedBy: by });
  }

  /** Nobody wants to hear of it until then. @param until Unix ms */
  mute(id: string, until: number, by: string): Promise<Alarm> {
    return this.#change(id, { mutedUntil: until, mutedBy: by });
  }

  unmute(id: string): Promise<Alarm> {
    return this.#change(id, { mutedUntil: null, mutedBy: null });
  }

  async #change(id: string, change: Partial<AlarmRecord>): Promise<Alarm> {
    const before = this.#record(id);
    this.#engine.put({ ...before, ...change, changedAt: this.#parts.clock.now() });
    try {
      await this.#alarms.save(this.#engine);
    } catch (error) {
      this.#engine.put(before);
      throw error;
    }
    this.#version++;
    return this.alarm(id);
  }

  #record(id: string): AlarmRecord {
    const record = this.#engine.get(id);
    if (record === undefined)
      throw new HttpProblem(404, 'alarm-not-found', 'there is no such alarm any more');
    return record;
  }

  async #read(at: number): Promise<void> {
    const isFirst = !this.#alarms.isLoaded;
    await this.#alarms.read(this.#engine);
    this.#readAt = at;
    if (!isFirst) return;
    const hasOpen = this.#engine.records().some(({ closedAt }) => closedAt === null);
    this.#restUntil = hasOpen ? at + settleMs : at;
  }

  #tell({ raised, closed }: Changes): void {
    const { marks, logger } = this.#parts;
    for (const id of raised) {
      const { text, raisedAt, severity } = this.#engine.get(id)!;
      marks.add({ at: raisedAt, kind: 'alarm', text });
      logger.warn({ alarm: id, severity }, text);
    }
    for (const id of closed) logger.info({ alarm: id }, 'alarm closed');
  }

  /** Open ones first, critical before warning, newest first; then those that were closed lately. */
  #views(now: number): Alarm[] {
    const views = this.#engine.records().map((record) => alarmView(record, now));
    const open = views.filter(({ state }) => state !== 'closed');
    const closed = views.filter(({ state }) => state === 'closed');
    const isCritical = ({ severity }: Alarm): number => Number(severity === 'critical');
    open.sort((a, b) => isCritical(b) - isCritical(a) || b.raisedAt - a.raisedAt || (a.id < b.id ? -1 : 1));
    closed.sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0));
    return [...open, ...closed.slice(0, maxClosedRows)];
  }
}
