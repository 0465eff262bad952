import type { AuditKind } from '../config/audit-words.ts';
import type { AuditEvent } from './audit-event.ts';
import type { CountedEvent } from './audit-record.ts';

/** What devices cause, and so can cause in any number. */
const ofDevices: ReadonlySet<AuditKind> = new Set([
  'connection-refused',
  'authentication-failed',
  'publish-denied',
  'subscribe-denied',
  'throttled',
]);
/** Sources told apart at a time; what comes from more of them is told together, by kind and reason. */
const maxSources = 256;

interface Repeated {
  last: AuditEvent;
  /** Since the last line. */
  count: number;
  /** Monotonic ms of the last line. */
  toldMs: number;
}

/**
 * Failures are the attacker's to produce: of the same kind, reason and source the first is told at once, and what follows
 * within an interval in one line with its count. So an attack costs two lines per source and interval, from 256 sources at
 * the most, whatever its rate.
 */
export class Coalescer {
  /** Events that got no line of their own, since the start. */
  coalesced = 0;
  intervalMs: number;
  readonly #repeated = new Map<string, Repeated>();
  #sources = 0;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  get isEmpty(): boolean {
    return this.#repeated.size === 0;
  }

  /** Whether the event is to be told now; else it is counted. @param nowMs monotonic */
  isNews(event: AuditEvent, nowMs: number): boolean {
    if (!ofDevices.has(event.kind) || this.intervalMs === 0) return true;
    const { key, isShared } = this.#keyOf(event);
    const known = this.#repeated.get(key);
    if (known === undefined) {
      this.#repeated.set(key, { last: event, count: 0, toldMs: nowMs });
      if (!isShared) this.#sources++;
      return true;
    }
    known.last = isShared ? { ...event, source: undefined, detail: 'from many sources' } : event;
    known.count++;
    this.coalesced++;
    return false;
  }

  /** What is to be told of the intervals that have ended. @param nowMs monotonic; Infinity ends them all */
  due(nowMs: number): CountedEvent[] {
    const told: CountedEvent[] = [];
    for (const [key, repeated] of this.#repeated) {
      if (nowMs - repeated.toldMs < this.intervalMs) continue;
      if (repeated.count === 0) {
        this.#repeated.delete(key);
        if (!key.startsWith(' ')) this.#sources--;
      } else {
        told.push({ ...repeated.last, count: repeated.count });
        repeated.count = 0;
        repeated.toldMs = nowMs;
      }
    }
    return told;
  }

  /** Keys that many sources share begin with a space. */
  #keyOf({ kind, reason = '', source = '' }: AuditEvent): { key: string; isShared: boolean } {
    const what = `${kind} ${reason}`;
    const key = `${hostOf(source)} ${what}`;
    const isKnown = this.#repeated.has(key) || this.#sources < maxSources;
    if (source !== '' && isKnown) return { key, isShared: false };
    return { key: ` ${what}`, isShared: true };
  }
}

const hostOf = (address: string): string => address.replace(/:\d+$/, '');
