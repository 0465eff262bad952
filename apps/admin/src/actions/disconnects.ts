import { readOwners, sendControls, type Keys, type Owner } from '@tributary/backplane';
import type { Operation } from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';
import { ask } from '../redis/ask.ts';
import { RunningOperation } from './operation.ts';
import type { ActionParts } from './parts.ts';

/** How long a node may take until it reads an order; later it leaves it alone, ms. */
const orderLivesMs = 10_000;
/** How often a paced operation sends, ms. */
const tickMs = 100;
/** How long a paced operation waits for Redis before it gives up, ms. */
const patienceMs = 60_000;
const retryMs = 250;

export interface DisconnectRequest {
  readonly action: 'disconnect' | 'disconnect-many';
  /** What the operator asked for, in words: an id, or a filter. */
  readonly target: string;
  readonly ids: readonly string[];
  readonly reason: string;
  readonly by: string;
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
  async now(request: DisconnectRequest, onEnded: (operation: Operation) => void): Promise<Operation> {
    const keys = await this.#parts.keys();
    const owners = await ask(this.#parts.store, (redis) => readOwners(redis, keys, request.ids));
    const operation = this.#open(request, onEnded);
    await this.#order(operation, request, keys, owners, request.ids);
    return operation.view();
  }

  /** Asks for many, so many a second, until all were asked or somebody stops it. Returns at once. */
  async paced(
    request: DisconnectRequest,
    perSecond: number,
    onEnded: (operation: Operation) => void,
  ): Promise<Operation> {
    const keys = await this.#parts.keys();
    const operation = this.#open(request, onEnded);
    void this.#run(operation, request, keys, perSecond);
    return operation.view();
  }

  #open(request: DisconnectRequest, onEnded: (operation: Operation) => void): RunningOperation {
    const { action, target, reason, by, ids } = request;
    return this.#parts.book.open({ action, target, reason, by, total: ids.length }, onEnded);
  }

  async #run(
    operation: RunningOperation,
    request: DisconnectRequest,
    keys: Keys,
    perSecond: number,
  ): Promise<void> {
    const { clock, store } = this.#parts;
    const beganAt = clock.monotonic();
    let pausedMs = 0;
    let sent = 0;
    while (sent < request.ids.length && operation.state !== 'stopped' && !this.#isStopped) {
      const waitedMs = await this.#whileAway();
      pausedMs += waitedMs;
      if (!store.isUp) return operation.stop(clock.now());
      const elapsedMs = clock.monotonic() - beganAt - pausedMs;
      const due = Math.min(request.ids.length, 1 + Math.floor((elapsedMs * perSecond) / 1000));
      if (due > sent) await this.#orderQuietly(operation, request, keys, request.ids.slice(sent, due));
      sent = due;
      await pause(tickMs);
    }
  }

  /** @returns how long Redis was away, ms; it may still be */
  async #whileAway(): Promise<number> {
    const { store, clock } = this.#parts;
    const since = clock.monotonic();
    while (!store.isUp && !this.#isStopped && clock.monotonic() - since < patienceMs) await pause(retryMs);
    return clock.monotonic() - since;
  }

  async #orderQuietly(
    operation: RunningOperation,
    request: DisconnectRequest,
    keys: Keys,
    ids: readonly string[],
  ): Promise<void> {
    const { store, clock, logger } = this.#parts;
    let owners: (Owner | undefined)[];
    try {
      owners = await readOwners(store.redis, keys, ids);
    } catch (error) {
      logger.warn({ err: error, operation: operation.facts.id }, 'owners of devices could not be read');
      return operation.decided('not-sent', ids.length, clock.now());
    }
    if (operation.state === 'stopped') return;
    // Without an answer of Redis it may have been sent all the same: the node's answer or its lack tells.
    await this.#order(operation, request, keys, owners, ids).catch((error: unknown) =>
      logger.warn({ err: error, operation: operation.facts.id }, 'orders to disconnect may be lost'),
    );
  }

  async #order(
    operation: RunningOperation,
    { reason, by }: DisconnectRequest,
    keys: Keys,
    owners: readonly (Owner | undefined)[],
    ids: readonly string[],
  ): Promise<void> {
    const { clock, store } = this.#parts;
    const now = clock.now();
    const messages = ids.flatMap((device, i) => {
      const owner = owners[i];
      if (owner === undefined) return [];
      operation.asked(device, clock.monotonic());
      const { epoch, node } = owner;
      const op = operation.facts.id;
      const message = {
        type: 'disconnect',
        op,
        device,
        epoch,
        reason,
        by,
        until: now + orderLivesMs,
      } as const;
      return [{ to: node, message }];
    });
    operation.decided('not-connected', ids.length - messages.length, now);
    if (messages.length > 0) await ask(store, (redis: Redis) => sendControls(redis, keys, messages));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
