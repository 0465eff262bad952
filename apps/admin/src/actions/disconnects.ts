import { readOwners } from '@tributary/backplane';
import type { Operation } from '@tributary/protocol/admin-api';
import { ask } from '../redis/ask.ts';
import { orderDisconnects } from './disconnect-orders.ts';
import type { RunningOperation } from './operation.ts';
import { PacedDisconnect } from './paced-disconnect.ts';
import type { ActionParts } from './parts.ts';

export interface DisconnectRequest {
  readonly action: 'disconnect' | 'disconnect-many';
  /** What the operator asked for, in words: an id, or a filter. */
  readonly target: string;
  readonly ids: readonly string[];
  readonly reason: string;
  readonly by: string;
  /** Called once, when all outcomes are known. */
  readonly onEnded: (operation: Operation) => void;
}

/** Ends connections of devices: each order goes to the node that holds its device at that moment. */
export class Disconnects {
  readonly #parts: ActionParts;
  #isStopped = false;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** No further order is sent. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Asks for one device, or a few, at once. @throws HttpProblem 503 when Redis does not take the order */
  async now(request: DisconnectRequest): Promise<Operation> {
    const keys = await this.#parts.keys();
    const owners = await ask(this.#parts.store, (redis) => readOwners(redis, keys, request.ids));
    const operation = this.#open(request);
    await orderDisconnects(operation, request.ids, owners, keys, this.#parts);
    return operation.view();
  }

  /** Asks for many, so many a second. Returns at once. @throws HttpProblem 503 when Redis is away */
  async paced(request: DisconnectRequest, perSecond: number): Promise<Operation> {
    const keys = await this.#parts.keys();
    const operation = this.#open(request);
    const run = new PacedDisconnect(operation, request.ids, perSecond, keys, this.#parts);
    void run.run(() => this.#isStopped);
    return operation.view();
  }

  #open({ action, target, reason, by, ids, onEnded }: DisconnectRequest): RunningOperation {
    return this.#parts.book.open({ action, target, reason, by, total: ids.length }, onEnded);
  }
}
