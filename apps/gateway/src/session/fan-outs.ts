import { EntryKind, Outcome, type StoredMessage } from '@tributary/backplane';
import type { RouteResult } from '../routing/join.ts';
import type { Router } from '../routing/router.ts';
import { identityOf } from '../routing/wills.ts';

interface Held {
  readonly kind: EntryKind;
  readonly token: number;
  readonly outcome: Outcome;
  result: RouteResult | undefined;
}

/**
 * The messages of one device that somebody besides the stream wants: each is handed on once the stream has it, and
 * answered once they have it too. Answers leave in order: one that waits holds those behind it [MQTT-4.6.0-2, -3].
 */
export class FanOuts {
  readonly #router: Router;
  readonly #onAnswer: (kind: EntryKind, token: number, outcome: Outcome, result: RouteResult) => void;
  /** A QoS 2 message is handed on: its receive record may lose its mark. */
  readonly #onRouted: (packetId: number, message: StoredMessage) => void;
  /** Admitted and not stored yet; as many as the device's window at the most. */
  readonly #admitted: { kind: EntryKind; token: number; message: StoredMessage; isStored: boolean }[] = [];
  /** Stored, in order, from the first that is not answered. */
  readonly #held: Held[] = [];

  constructor(
    router: Router,
    onAnswer: (kind: EntryKind, token: number, outcome: Outcome, result: RouteResult) => void,
    onRouted: (packetId: number, message: StoredMessage) => void,
  ) {
    this.#router = router;
    this.#onAnswer = onAnswer;
    this.#onRouted = onRouted;
  }

  /** A message that is wanted is on its way to the stream. */
  admitted(kind: EntryKind, token: number, message: StoredMessage): void {
    this.#admitted.push({ kind, token, message, isStored: false });
  }

  /**
   * An entry is settled.
   * @returns whether it is answered here, now or later; otherwise the caller answers it
   */
  settled(kind: EntryKind, token: number, outcome: Outcome): boolean {
    const message = this.#take(kind, token);
    if (message === undefined && this.#held.length === 0) return false;
    if (message === undefined || outcome !== Outcome.STORED) this.#hold(kind, token, outcome, 'done');
    else this.#route(kind, token, message);
    this.#routeStored();
    this.#drain();
    return true;
  }

  /** Hands on a message that an earlier connection stored, behind those that came before it [MQTT-4.6.0-5]. */
  routeAgain(kind: EntryKind, token: number, message: StoredMessage): void {
    if (this.#admitted.length > 0) this.#admitted.push({ kind, token, message, isStored: true });
    else this.#route(kind, token, message);
  }

  #routeStored(): void {
    for (let first = this.#admitted[0]; first?.isStored === true; first = this.#admitted[0]) {
      this.#admitted.shift();
      this.#route(first.kind, first.token, first.message);
    }
  }

  #route(kind: EntryKind, token: number, message: StoredMessage): void {
    const held = this.#hold(kind, token, Outcome.STORED, undefined);
    const isOnce = kind === EntryKind.QOS2;
    this.#router.route(message, isOnce ? identityOf(message) : undefined, (result) => {
      held.result = result;
      if (isOnce && result !== 'failed') this.#onRouted(token, message);
      this.#drain();
    });
  }

  #hold(kind: EntryKind, token: number, outcome: Outcome, result: RouteResult | undefined): Held {
    const held: Held = { kind, token, outcome, result };
    this.#held.push(held);
    return held;
  }

  #take(kind: EntryKind, token: number): StoredMessage | undefined {
    const at = this.#admitted.findIndex((one) => one.kind === kind && one.token === token && !one.isStored);
    return at < 0 ? undefined : this.#admitted.splice(at, 1)[0]!.message;
  }

  #drain(): void {
    for (let held = this.#held[0]; held?.result !== undefined; held = this.#held[0]) {
      this.#held.shift();
      this.#onAnswer(held.kind, held.token, held.outcome, held.result);
    }
  }
}
