import {
  dropRoute,
  enqueue,
  type EnqueueAnswer,
  type EnqueueRequest,
  type Keys,
  type QueueLimits,
  type Store,
  type StoredMessage,
} from '@tributary/backplane';
import type { Join } from './join.ts';
import type { Target } from './matching.ts';
import type { Receivers } from './receivers.ts';
import type { Route, Routes, SharedGroup } from './routes.ts';
import { StoreWriter } from './store-writer.ts';

/** What is counted of queues. */
export interface QueueCounters {
  queued: number;
  queueDropped: number;
  queueRejected: number;
}

export interface SessionQueuesOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly routes: Routes;
  readonly receivers: Receivers;
  readonly counters: QueueCounters;
  readonly queueLimits: QueueLimits;
}

/** Gives a message to another member of the group; false when there is none. */
type ShareAgain = (
  group: SharedGroup,
  message: StoredMessage,
  identity: string | undefined,
  join: Join,
) => boolean;

type QueueAnswer = Exclude<EnqueueAnswer, { status: 'error' }>;

/** Requests for queues that wait for Redis at a time; what else is to be written is made as those are answered. */
const maxQueued = 2000;

/** The queues in Redis of sessions that persist: writes to them, and judges what Redis says to that. */
export class SessionQueues {
  readonly #options: SessionQueuesOptions;
  readonly #shareAgain: ShareAgain;
  readonly #writer: StoreWriter<EnqueueRequest, QueueAnswer>;

  /** `shareAgain`: the member of a shared subscription that was to have it is gone. */
  constructor(options: SessionQueuesOptions, shareAgain: ShareAgain) {
    this.#options = options;
    this.#shareAgain = shareAgain;
    const { store, keys, queueLimits } = options;
    this.#writer = new StoreWriter(
      store,
      async (requests) =>
        (await enqueue(store.redis, keys, requests, queueLimits)).map((answer) =>
          answer.status === 'error' ? answer.error : answer,
        ),
      ({ message }) => message.payload.length,
    );
  }

  /** Called when some of what waited is answered. */
  set onRoom(onRoom: () => void) {
    this.#writer.onRoom = onRoom;
  }
  /** Messages waiting for Redis to take them. */
  get waiting(): number {
    return this.#writer.size;
  }
  get hasRoom(): boolean {
    return this.#writer.size < maxQueued;
  }

  /** Puts a message into one queue, as a part of `join`. `group`: of whose members it is for any. */
  put(target: Target, identity: string | undefined, join: Join, group: SharedGroup | undefined): void {
    const { clientId, delivery, routes } = target;
    const { message, qos, retain, identifiers, shared } = delivery;
    join.begin();
    const request: EnqueueRequest = {
      clientId,
      filters: routes.map(({ filter }) => filter),
      message: { ...message, qos: qos as 1 | 2, retain, identifiers, shared },
      identity,
    };
    this.#writer.submit(request, (answer) => this.#answered(target, identity, join, group, answer));
  }

  close(): void {
    this.#writer.close();
  }

  #answered(
    target: Target,
    identity: string | undefined,
    join: Join,
    group: SharedGroup | undefined,
    answer: QueueAnswer | Error,
  ): void {
    const { counters, receivers } = this.#options;
    if (answer instanceof Error) return join.end('failed');
    switch (answer.status) {
      case 'queued':
        counters.queued++;
        counters.queueDropped += answer.dropped;
        receivers.queued(target.clientId, answer.n, target.delivery, answer.owner);
        return join.end('done');
      case 'held':
        // Queued by an attempt whose answer was lost: then nobody was told of it.
        receivers.look(target.clientId);
        return join.end('done');
      case 'full':
        counters.queueRejected++;
        return join.end('full');
      case 'gone':
        for (const route of target.routes) this.#dropRoute(route);
        if (group !== undefined && !this.#shareAgain(group, target.delivery.message, identity, join))
          join.isLost = true;
        return join.end('done');
    }
  }

  /** A route whose session does not hold it leads nowhere: here, and where the other nodes learn of it. */
  #dropRoute(route: Route): void {
    const { routes, store, keys } = this.#options;
    const { clientId, filter } = route;
    // Subscribed to anew meanwhile: what was asked is older than that.
    if (routes.get(clientId, filter) !== route) return;
    routes.remove(clientId, filter);
    // Tried again by whoever is told `gone` next.
    dropRoute(store.redis, keys, clientId, filter).catch(() => {});
  }
}
