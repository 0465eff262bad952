import type { Order, OrderOutcome } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Session } from '../session/session.ts';
import { AnswerBox } from './answer-box.ts';
import { Bans } from './bans/bans.ts';
import { disconnect } from './disconnects.ts';
import type { OperationsParts, Refused } from './parts.ts';
import { Refusals } from './refusals.ts';
import { Traces } from './traces/traces.ts';
import { auditRefusal } from './audit-refusal.ts';

/**
 * What operators ask of this node, through its control inbox: devices are let go, kept out, looked at. Each order is
 * answered with what really became of it.
 */
export class Operations {
  readonly bans: Bans;
  readonly traces: Traces;
  /** Lists of revoked certificates are to be fetched; answers how many connections that ended at once. */
  onRevocationsChanged: () => Promise<number> = () => Promise.resolve(0);
  readonly #parts: OperationsParts;
  readonly #answers: AnswerBox;
  readonly #refusals: Refusals;
  readonly #outcomes = new Map<OrderOutcome, number>();

  constructor(parts: OperationsParts) {
    this.#parts = parts;
    this.bans = new Bans(parts);
    this.traces = new Traces(parts);
    this.#answers = new AnswerBox(parts.store, parts.keys, parts.logger);
    this.#refusals = new Refusals(parts.monotonic());
  }

  /** Reads who is kept out and who is looked at: before the doors open. */
  async start(): Promise<void> {
    await Promise.all([this.bans.start(), this.traces.start()]);
  }

  stop(): void {
    this.bans.stop();
    this.traces.stop();
  }

  onOrder(order: Order): void {
    switch (order.type) {
      case 'disconnect':
        return this.#answer(order.op, order.device, disconnect(order, this.#parts), '');
      case 'bans-changed':
        return void this.#apply(order.op, () => this.bans.apply());
      case 'traces-changed':
        return void this.#apply(order.op, () => this.traces.apply());
      case 'revocations-changed':
        return void this.#apply(order.op, () => this.onRevocationsChanged());
      case 'credentials-changed':
        return void this.#apply(order.op, () => this.#parts.identity.credentials.apply());
    }
  }

  onBegun(session: Session): void {
    this.traces.begun(session);
  }

  onLeft(session: Session): void {
    this.traces.left(session);
  }

  /** Whether a socket from this `address:port` is let in at all. */
  mayEnter(address: string, listener?: string): boolean {
    if (!this.bans.hasEndpoint(address)) return true;
    this.turnedAway('banned', address, listener);
    return false;
  }

  /** A socket was turned away before it could say anything. */
  turnedAway(reason: CloseReason, address: string, listener?: string): void {
    this.#parts.counters.refusedFor(reason);
    this.onRefused({ reason, address, clientId: undefined, listener });
  }

  /** Somebody was turned away, and is counted. */
  onRefused(refused: Refused): void {
    this.#refusals.note(refused.reason, refused.address);
    this.traces.refused(refused);
    auditRefusal(this.#parts.audit, refused);
  }

  // what metrics ask for
  readonly orders = (): Iterable<[string, number]> => this.#outcomes;
  readonly tracedConnections = (): number => this.traces.watched;
  readonly traceEventsDropped = (): number => this.traces.dropped;

  /** For the node's figures: JSON of the most frequent refusals, when they are due. */
  figures(): { refusals?: string } {
    const due = this.#refusals.takeDue(this.#parts.monotonic());
    return due === undefined ? {} : { refusals: JSON.stringify(due) };
  }

  /** @param apply answers how many devices it touched */
  async #apply(op: string, apply: () => Promise<number>): Promise<void> {
    try {
      this.#answer(op, '', 'applied', String(await apply()));
    } catch (error) {
      this.#answer(op, '', 'failed', error instanceof Error ? error.message : String(error));
    }
  }

  #answer(op: string, device: string, outcome: OrderOutcome, detail: string): void {
    const { nodeName, now } = this.#parts;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    this.#answers.answer({ op, node: nodeName(), device, outcome, detail, ts: now() });
  }
}
