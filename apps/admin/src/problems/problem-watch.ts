import type { Keys, Store } from '@tributary/backplane';
import type { Alarm, Group, Problems } from '@tributary/protocol/admin-api';
import type { Clock, Logger } from '@tributary/runtime';
import type { Fleet } from '../fleet/fleet.ts';
import type { MarkLog } from '../history/marks.ts';
import { NodeMarks } from '../history/node-marks.ts';
import { HttpProblem } from '../http/problem.ts';
import type { StreamWatch } from '../streams/stream-watch.ts';
import { AlarmEngine, alarmView, stateOf, type AlarmRecord, type Changes } from './alarm-engine.ts';
import { rulesOfFleet, rulesWithoutRedis } from './alarm-rules.ts';
import { AlarmStore } from './alarm-store.ts';
import type { Facts } from './facts.ts';
import { LastReasons } from './last-reasons.ts';
import { RefusedLog } from './refused-log.ts';
import { Takeovers } from './takeovers.ts';
import { thresholds } from './thresholds.ts';
import { troubledDevices, type TroubledDevices } from './troubled-devices.ts';

export interface ProblemParts {
  fleet: Fleet;
  streams: StreamWatch;
  marks: MarkLog;
  store: Store;
  /** Alarms have no partition. */
  keys: Keys;
  clock: Clock;
  logger: Logger;
  /** The groups of devices that are worse than the rest, worst first; costs something. */
  worstGroups: () => Promise<readonly Group[]>;
}

/** How often the rules look; their patience is counted in this. */
export const evaluateEveryMs = 2000;
const groupsEveryMs = 15_000;
const readEveryMs = 10_000;
/** Alarms that were open at the last end wait so long for the nodes to be seen again before they may close. */
const settleMs = 10_000;
const maxClosedRows = 50;
const maxDuplicateRows = 50;

/** Finds what needs a person, and remembers what persons said about it. */
export class ProblemWatch {
  readonly #parts: ProblemParts;
  readonly #engine = new AlarmEngine();
  readonly #alarms: AlarmStore;
  readonly #takeovers = new Takeovers();
  readonly #reasons = new LastReasons();
  readonly #refused = new RefusedLog();
  readonly #nodeMarks: NodeMarks;
  #timer: NodeJS.Timeout | undefined;
  #troubled: TroubledDevices = { ...{ connected: 0, flappingCount: 0 }, flapping: [], slow: [], zombies: [] };
  #groups: readonly Group[] = [];
  #groupsAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  #restUntil = 0;
  #isSyncing = false;
  #version = 0;

  constructor(parts: ProblemParts) {
    this.#parts = parts;
    this.#alarms = new AlarmStore(parts);
    this.#nodeMarks = new NodeMarks(parts.marks);
    parts.fleet.nodes.onRefusals = (refusals, at) => this.#refused.add(refusals, at);
  }

  /** An entry of an event stream. */
  onEvent(fields: ReadonlyMap<string, string>): void {
    this.#takeovers.onEvent(fields);
    this.#reasons.onEvent(fields);
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
    const facts = this.#facts();
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
    const { flapping, slow, zombies } = this.#troubled;
    return {
      alarms: this.#views(now),
      duplicates: this.#takeovers.duplicates(now).slice(0, maxDuplicateRows),
      flapping: flapping.map((row) => ({ ...row, reason: row.reason || this.#reasons.of(row.id) })),
      ...{ slow, zombies },
      refused: this.#refused.rows(now),
      at: now,
    };
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
    if (isFirst && this.#engine.records().some(({ closedAt }) => closedAt === null))
      this.#restUntil = at + settleMs;
  }

  #facts(): Facts {
    const { fleet, streams, clock } = this.#parts;
    const [now, at] = [clock.now(), clock.monotonic()];
    this.#troubled = troubledDevices(fleet.index);
    if (at - this.#groupsAt >= groupsEveryMs) void this.#lookAtGroups(at);
    const { redis } = streams;
    return {
      now,
      redis: fleet.redis.state,
      nodes: fleet.nodes.views(at),
      quality: fleet.index.quality(at),
      groups: this.#groups,
      duplicates: this.#takeovers.duplicates(now),
      connected: this.#troubled.connected,
      flapping: this.#troubled.flappingCount,
      refused: this.#refused.byReason(now, thresholds.refusedConnects.withinMs),
      consumers: streams.groups(),
      furthest: streams.furthest(),
      streamMaxLength: fleet.nodes.streamMaxLength(),
      memoryShare:
        redis === null || redis.maxMemoryBytes === 0 ? null : redis.usedMemoryBytes / redis.maxMemoryBytes,
    };
  }

  /** What is found counts from the next evaluation on. */
  async #lookAtGroups(at: number): Promise<void> {
    this.#groupsAt = at;
    try {
      this.#groups = await this.#parts.worstGroups();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'groups of devices were not compared');
    }
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
