import type { Clock } from '@tributary/runtime';
import { networkOf } from './attempt-throttle.ts';
import type { Actor, AuditLog } from './audit-log.ts';

interface Refused {
  readonly actor: Actor;
  readonly action: string;
  readonly target: string;
  readonly code: string;
  /** Refusals since the first, which has its own entry. */
  more: number;
}

const windowMs = 60_000;
/** Different refusals with an entry of their own within a window; what is beyond is counted together. */
const maxEntries = 100;
/**
 * Of those, so many of people who are not signed in: they have as many addresses as they like, and a flood that lasts for
 * days must not push out what operators did.
 */
const maxOfStrangers = 10;

/**
 * Writes refused actions to the audit without letting a flood of them wash everything else out of it: the first of a kind
 * has an entry at once, its repetitions within a minute are one more entry with their count.
 */
export class Refusals {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  #window = new Map<string, Refused>();
  #ofStrangers = 0;
  #others = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: AuditLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Notes one refusal. Never throws: what was refused stays refused whether or not Redis is there. */
  note(actor: Actor, refusal: { action: string; target: string; code: string }): void {
    const { action, target, code } = refusal;
    this.#timer ??= setTimeout(() => this.flush(), windowMs).unref();
    const kind = [actor.who, networkOf(actor.address), action, code].join('\n');
    const before = this.#window.get(kind);
    if (before !== undefined) before.more++;
    else if (!this.#hasRoomFor(actor)) this.#others++;
    else {
      if (actor.who === '') this.#ofStrangers++;
      this.#window.set(kind, { actor, action, target, code, more: 0 });
      this.#append(actor, { action, target, detail: { code } });
    }
  }

  /** Writes the counts of this window and begins a new one. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [window, others] = [this.#window, this.#others];
    this.#window = new Map();
    this.#ofStrangers = 0;
    this.#others = 0;
    const until = this.#clock.now();
    for (const { actor, action, target, code, more } of window.values()) {
      if (more > 0) this.#append(actor, { action, target, detail: { code, repeated: more, until } });
    }
    if (others > 0) {
      const nobody = { who: '', role: '', via: 'none', address: '', requestId: '' };
      this.#append(nobody, { action: 'refused', target: '', detail: { repeated: others, until } });
    }
  }

  #hasRoomFor({ who }: Actor): boolean {
    return this.#window.size < maxEntries && (who !== '' || this.#ofStrangers < maxOfStrangers);
  }

  #append(
    actor: Actor,
    facts: { action: string; target: string; detail: Readonly<Record<string, unknown>> },
  ): void {
    this.#log.append(actor, { ...facts, result: 'refused' }).catch(() => undefined);
  }
}
