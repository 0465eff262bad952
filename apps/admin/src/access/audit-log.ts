import type { Keys, Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { ask } from '../redis/ask.ts';

/** Who did something, from where, in which request. */
export interface Actor {
  readonly who: string;
  readonly role: string;
  readonly via: string;
  /** IP address. */
  readonly address: string;
  readonly requestId: string;
}

/** What was done. No payloads and no secrets: everyone who may read the audit reads all of it. */
export interface AuditFacts {
  /** `noun.verb`: `operator.change`, `device.disconnect`, … */
  readonly action: string;
  readonly target: string;
  /** What the operator gave as the reason. */
  readonly reason?: string | undefined;
  readonly result: 'done' | 'accepted' | 'refused' | 'failed';
  /** Facts of this action; more than 4 kB are left out. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Entries kept, roughly: at 500 bytes each, 50 MB of Redis. */
export const auditEntries = 100_000;
const maxTextLength = 1024;
const maxDetailBytes = 4096;

/** The stream `audit`: who did what to what, and what came of it. */
export class AuditLog {
  readonly #store: Store;
  readonly #key: string;
  readonly #clock: Clock;

  constructor(parts: { store: Store; keys: Keys; clock: Clock }) {
    this.#store = parts.store;
    this.#key = parts.keys.audit;
    this.#clock = parts.clock;
  }

  /** Settles when Redis has the entry. @throws HttpProblem 503 when it has not: then the action must not happen. */
  async append(actor: Actor, facts: AuditFacts): Promise<void> {
    const fields = this.fieldsOf(actor, facts);
    await ask(this.#store, (redis) => redis.xadd(this.#key, 'MAXLEN', '~', auditEntries, '*', ...fields));
  }

  /** The entry as field, value, field, value …: for a script that writes it together with what it tells of. */
  fieldsOf(actor: Actor, facts: AuditFacts): string[] {
    const fields = {
      ts: String(this.#clock.now()),
      who: actor.who,
      role: actor.role,
      via: actor.via,
      address: actor.address,
      action: facts.action,
      target: facts.target,
      reason: facts.reason ?? '',
      result: facts.result,
      requestId: actor.requestId,
      detail: detailText(facts.detail ?? {}),
    };
    return Object.entries(fields).flatMap(([field, value]) => [field, bounded(field, value)]);
  }
}

function bounded(field: string, value: string): string {
  return field === 'detail' ? value : value.slice(0, maxTextLength);
}

function detailText(detail: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(detail);
  const bytes = Buffer.byteLength(text);
  return bytes <= maxDetailBytes ? text : JSON.stringify({ omittedBytes: bytes });
}
