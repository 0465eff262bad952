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
import type { Delivery } from './delivery.ts';
import { FanOut } from './fan-out.ts';
import { groupsOf, snapshotOf, type Target, targetOf, targetOfAll } from './matching.ts';
import { Once } from './once.ts';
import type { Retained } from './retained.ts';
import type { Route, Routes, SharedGroup } from './routes.ts';
import { chooseMember, type Members, type SharedStrategy } from './shared-choice.ts';
import { StoreWriter } from './store-writer.ts';

/** The connected devices of this node, as the router sees them. */
export interface Receivers extends Members {
  /** Resolves when what is retained for the topic, and still to come to a new subscription, is handed over. */
  before(clientId: string, topic: string): Promise<void> | undefined;
  /**
   * Hands over a message that no queue keeps, to the session that subscribed by one of `routes`; false when that is not
   * connected here any more.
   */
  deliver(routes: readonly Route[], delivery: Delivery): boolean;
  /** The session's queue may have something that this node was not told of. */
  look(clientId: string): void;
  /** Redis has the message as entry `n` of the session's queue; `owner` is the node that holds the device. */
  queued(clientId: string, n: number, delivery: Delivery, owner: string | undefined): void;
}

/** What the router counts. */
export interface RouterCounters {
  routed: number;
  queued: number;
  queueDropped: number;
  queueRejected: number;
}

export interface RouterOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly routes: Routes;
  readonly retained: Retained;
  readonly receivers: Receivers;
  readonly counters: RouterCounters;
  readonly queueLimits: QueueLimits;
  readonly sharedStrategy: SharedStrategy;
  /** Retained messages are not offered: the flag is carried and means nothing. */
  readonly retainAvailable: boolean;
  /** There is room again after `isSaturated`. */
  readonly onRoom: () => void;
  /** Topics nobody may have. */
  readonly isHidden: (topic: string) => boolean;
}

/** Requests for queues that wait for Redis at a time; what else is to be written is made as those are answered. */
const maxQueued = 2000;

/** `full`: a subscriber's queue or the retained messages have no room. `failed`: Redis refused a part. */
export type RouteResult = 'done' | 'full' | 'failed';

/** Joins what becomes of the parts of one message; the worst is its result. */
class Join {
  #parts = 1;
  #result: RouteResult = 'done';
  /** A message for one of several found nobody. */
  isLost = false;
  readonly #onDone: (result: RouteResult) => void;

  constructor(onDone: (result: RouteResult) => void) {
    this.#onDone = onDone;
  }
  begin(): void {
    this.#parts++;
  }
  end(result: RouteResult): void {
    if (result === 'failed' || (result === 'full' && this.#result === 'done')) this.#result = result;
    if (--this.#parts === 0) this.#onDone(this.#result);
  }
}

/** Who else wants a message: finds them, and hands it to those connected and to the queues of those that persist. */
export class Router {
  readonly #options: RouterOptions;
  /** What must not reach devices twice that no queue speaks for. */
  readonly #once = new Once<RouteResult>((result) => result !== 'failed');
  readonly #fanOut: FanOut;
  readonly #queues: StoreWriter<EnqueueRequest, Exclude<EnqueueAnswer, { status: 'error' }>>;

  constructor(options: RouterOptions) {
    this.#options = options;
    const { store, keys, queueLimits } = options;
    // A Redis that comes back may have lost the last epochs, and draw them again for others.
    store.on('down', () => this.#once.forget());
    this.#queues = new StoreWriter(
      store,
      async (requests) =>
        (await enqueue(store.redis, keys, requests, queueLimits)).map((answer) =>
          answer.status === 'error' ? answer.error : answer,
        ),
      ({ message }) => message.payload.length,
    );
    this.#fanOut = new FanOut(
      () => this.#queues.size < maxQueued,
      () => options.onRoom(),
    );
    this.#queues.onRoom = () => this.#fanOut.pump();
  }

  /** Whether anybody but the stream wants it: the one cheap look of a publish that nobody else wants. */
  isWanted(topic: string): boolean {
    return this.#options.routes.match(topic).length > 0;
  }

  /** Whether nobody subscribes at all, so that there is no need to ask about any topic. */
  get isIdle(): boolean {
    return this.#options.routes.count === 0;
  }

  /** So much waits to be handed on that whoever publishes should pause. */
  get isSaturated(): boolean {
    return this.#fanOut.isSaturated;
  }

  /** Messages waiting for Redis to take them into queues. */
  get waiting(): number {
    return this.#queues.size;
  }

  /**
   * Hands `message` to everybody who wants it. `onDone` when all queues and the retained messages have it in Redis,
   * perhaps before this returns. `identity`: of a message that must not be queued twice (architecture, section 5).
   */
  route(message: StoredMessage, identity: string | undefined, onDone: (result: RouteResult) => void): void {
    if (identity === undefined) this.#route(message, undefined, onDone);
    else this.#once.run(identity, onDone, (done) => this.#route(message, identity, done));
  }

  #route(message: StoredMessage, identity: string | undefined, onDone: (result: RouteResult) => void): void {
    const { routes, isHidden, counters } = this.#options;
    const join = new Join(onDone);
    if (message.retain) this.#retain(message, join);
    const matching = routes.match(message.topic);
    if (matching.length === 0 || isHidden(message.topic)) return join.end('done');
    counters.routed++;
    const targets = snapshotOf(message, matching);
    const shared = [...groupsOf(matching)].map(({ members }) => members[0]!.filter);
    const steps = this.#steps(message, targets, shared, identity, join);
    this.#fanOut.run(message, targets.length + shared.length, steps, () => join.end('done'));
  }

  *#steps(
    message: StoredMessage,
    targets: readonly (readonly Route[])[],
    shared: readonly string[],
    identity: string | undefined,
    join: Join,
  ): Generator<void> {
    for (const routes of targets) yield this.#send(targetOfAll(message, routes), identity, join);
    for (const filter of shared) {
      const group = this.#groupOf(message.topic, filter);
      if (group !== undefined) yield void this.#share(group, message, identity, join);
    }
  }

  /**
   * Gives what a member of a shared subscription had not acknowledged to another one that is connected.
   * @param isKept whether a queue keeps it all the same; otherwise a member that is away, but whose session is kept, will do
   *   as well
   * @param onDone whether another one has it
   */
  handOver(delivery: Delivery, from: string, isKept: boolean, onDone: (isGiven: boolean) => void): void {
    const { shared, message } = delivery;
    const group = shared === undefined ? undefined : this.#groupOf(message.topic, shared);
    const { receivers } = this.#options;
    const isThereAnother = group?.members.some(
      ({ clientId, isPersistent }) =>
        clientId !== from &&
        (receivers.isReady(clientId, message.topic) ||
          (isPersistent && !isKept && receivers.mayHave(clientId, message.topic))),
    );
    if (group === undefined || isThereAnother !== true) return onDone(false);
    const join: Join = new Join((result) => onDone(result === 'done' && !join.isLost));
    if (!this.#share(group, message, undefined, join, from)) join.isLost = true;
    join.end('done');
  }

  /** Puts one message into the queue of a persistent session that has subscribed with `filter`: retained ones. */
  queueFor(
    clientId: string,
    filter: string,
    delivery: Delivery,
    onDone: (result: RouteResult) => void,
  ): void {
    const route = this.#options.routes.get(clientId, filter);
    // Gone, or of a session by now that keeps nothing in Redis.
    if (route?.isPersistent !== true) return onDone('done');
    const target: Target = { clientId, delivery, isPersistent: true, routes: [route] };
    const join = new Join(onDone);
    this.#enqueue(target, undefined, join, undefined);
    join.end('done');
  }

  close(): void {
    this.#fanOut.close();
    this.#queues.close();
  }

  #retain(message: StoredMessage, join: Join): void {
    const { retained, retainAvailable } = this.#options;
    if (!retainAvailable) return;
    if (retained.refusal(message) !== undefined) {
      join.begin();
      return join.end('full');
    }
    join.begin();
    retained.set(message, (fault) => join.end(fault === undefined ? 'done' : 'failed'));
  }

  #send(target: Target, identity: string | undefined, join: Join): void {
    const { receivers } = this.#options;
    const { topic } = target.delivery.message;
    if (!receivers.mayHave(target.clientId, topic)) return;
    const before = receivers.before(target.clientId, topic);
    if (before === undefined) return this.#sendNow(target, identity, join);
    join.begin();
    void before.then(() => {
      this.#sendNow(target, identity, join);
      join.end('done');
    });
  }

  #sendNow(target: Target, identity: string | undefined, join: Join): void {
    if (target.isPersistent && target.delivery.qos > 0) this.#enqueue(target, identity, join, undefined);
    else this.#options.receivers.deliver(target.routes, target.delivery);
  }

  /** @returns whether somebody has it, or Redis is asked to keep it for somebody */
  #share(
    group: SharedGroup,
    message: StoredMessage,
    identity: string | undefined,
    join: Join,
    except?: string,
  ): boolean {
    const { receivers, sharedStrategy } = this.#options;
    const route = chooseMember(group, sharedStrategy, message, receivers, except);
    if (route === undefined) return false;
    const target = targetOf(message, route, route.filter);
    const isQueued = target.isPersistent && target.delivery.qos > 0;
    if (isQueued) this.#enqueue(target, identity, join, group);
    return isQueued || receivers.deliver(target.routes, target.delivery);
  }

  #enqueue(target: Target, identity: string | undefined, join: Join, group: SharedGroup | undefined): void {
    const { clientId, delivery, routes } = target;
    const { message, qos, retain, identifiers, shared } = delivery;
    join.begin();
    const request: EnqueueRequest = {
      clientId,
      filters: routes.map(({ filter }) => filter),
      message: { ...message, qos: qos as 1 | 2, retain, identifiers, shared },
      identity,
    };
    this.#queues.submit(request, (answer) => this.#queued(target, identity, join, group, answer));
  }

  #queued(
    target: Target,
    identity: string | undefined,
    join: Join,
    group: SharedGroup | undefined,
    answer: Exclude<EnqueueAnswer, { status: 'error' }> | Error,
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
        if (group !== undefined && !this.#share(group, target.delivery.message, identity, join))
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

  #groupOf(topic: string, shared: string): SharedGroup | undefined {
    for (const group of groupsOf(this.#options.routes.match(topic))) {
      if (group.members.some(({ filter }) => filter === shared)) return group;
    }
    return undefined;
  }
}
