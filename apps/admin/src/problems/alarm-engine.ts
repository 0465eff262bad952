import type { Alarm } from '@tributary/protocol/admin-api';
import type { Facts } from './facts.ts';
import { maxFindings, type AlarmRule, type Finding } from './rule.ts';

/** An alarm without its state, which follows from the rest and the time. */
export type AlarmRecord = Omit<Alarm, 'state'> & {
  /** When an operator last acknowledged, muted or unmuted it, Unix ms; 0 is never. */
  changedAt: number;
};

interface Watch {
  record: AlarmRecord | undefined;
  /** Evaluations in a row that found it, and that did not. */
  found: number;
  missed: number;
}

/** What an evaluation changed, by id. */
export interface Changes {
  raised: string[];
  closed: string[];
}

/** Closed alarms are told of for a day, the last 200 of them. */
const closedKeptMs = 86_400_000;
const maxClosed = 200;

/**
 * Turns what rules find into alarms: raised when a rule has found the same thing k times in a row, closed when it has not
 * found it for as long. Pure but for its memory: time comes in.
 */
export class AlarmEngine {
  readonly #watches = new Map<string, Watch>();

  evaluate(rules: readonly AlarmRule[], facts: Facts): Changes {
    const changes: Changes = { raised: [], closed: [] };
    for (const rule of rules) this.#evaluateRule(rule, facts, changes);
    this.#forget(facts.now);
    return changes;
  }

  #evaluateRule(rule: AlarmRule, facts: Facts, changes: Changes): void {
    const found = new Set<string>();
    for (const finding of rule.find(facts).slice(0, maxFindings)) {
      const id = `${rule.kind}:${finding.subject}`;
      found.add(id);
      if (this.#found(id, rule, finding, facts.now)) changes.raised.push(id);
    }
    for (const [id, watch] of this.#watches) {
      if (found.has(id) || !id.startsWith(`${rule.kind}:`)) continue;
      if (this.#missed(id, watch, rule, facts.now)) changes.closed.push(id);
    }
  }

  /** @returns true when it was raised just now */
  #found(id: string, rule: AlarmRule, finding: Finding, now: number): boolean {
    const watch = this.#watches.get(id) ?? { record: undefined, found: 0, missed: 0 };
    const { record } = watch;
    const isOpen = record !== undefined && record.closedAt === null;
    if (!isOpen && finding.level === 'keep') {
      watch.found = 0;
      return false;
    }
    this.#watches.set(id, watch);
    watch.found++;
    watch.missed = 0;
    const { severity, text, link, subject } = finding;
    if (isOpen) {
      watch.record = { ...record, severity, text, link, seenAt: now };
      return false;
    }
    if (watch.found < rule.raiseAfter) return false;
    const since = this.#takeOver(rule, subject);
    watch.record = {
      ...{ id, kind: rule.kind, severity, subject, text, link },
      ...{ raisedAt: since ?? now, seenAt: now, closedAt: null, acknowledgedBy: null },
      // Who mutes an alarm does not want to hear of its cause until then, even if it goes and comes.
      mutedUntil: record?.mutedUntil ?? null,
      mutedBy: record?.mutedBy ?? null,
      changedAt: record?.changedAt ?? 0,
    };
    return true;
  }

  /** The alarm of the earlier stage is this one from now on. @returns since when it is known */
  #takeOver({ follows }: AlarmRule, subject: string): number | undefined {
    const id = `${follows}:${subject}`;
    const record = follows === undefined ? undefined : this.#watches.get(id)?.record;
    if (record === undefined || record.closedAt !== null) return undefined;
    this.#watches.delete(id);
    return record.raisedAt;
  }

  /** @returns true when it was closed just now */
  #missed(id: string, watch: Watch, rule: AlarmRule, now: number): boolean {
    watch.found = 0;
    watch.missed++;
    const { record } = watch;
    if (record === undefined) this.#watches.delete(id);
    if (record === undefined || record.closedAt !== null || watch.missed < rule.closeAfter) return false;
    watch.record = { ...record, closedAt: now, acknowledgedBy: null };
    return true;
  }

  #forget(now: number): void {
    const closed = [...this.#watches].filter(([, { record }]) => (record?.closedAt ?? null) !== null);
    const closedAt = (watch: Watch): number => watch.record?.closedAt ?? 0;
    closed.sort(([, a], [, b]) => closedAt(b) - closedAt(a));
    for (const [i, [id, watch]] of closed.entries()) {
      const isMuted = (watch.record?.mutedUntil ?? 0) > now;
      if (i >= maxClosed || (now - closedAt(watch) >= closedKeptMs && !isMuted)) this.#watches.delete(id);
    }
  }

  get(id: string): AlarmRecord | undefined {
    return this.#watches.get(id)?.record;
  }

  /** All there are, open ones and closed ones. */
  records(): AlarmRecord[] {
    return [...this.#watches.values()].flatMap(({ record }) => record ?? []);
  }

  /** Puts a record in place: as an operator changed it, or as it was found in Redis. */
  put(record: AlarmRecord): void {
    const watch = this.#watches.get(record.id) ?? { record, found: 0, missed: 0 };
    this.#watches.set(record.id, { ...watch, record });
  }
}

/** The state an operator sees. */
export function stateOf(record: AlarmRecord, now: number): Alarm['state'] {
  if (record.closedAt !== null) return 'closed';
  if ((record.mutedUntil ?? 0) > now) return 'muted';
  return record.acknowledgedBy === null ? 'open' : 'acknowledged';
}

/** As an operator sees it. */
export function alarmView({ changedAt: _changedAt, ...record }: AlarmRecord, now: number): Alarm {
  return { ...record, state: stateOf({ ...record, changedAt: 0 }, now) };
}
