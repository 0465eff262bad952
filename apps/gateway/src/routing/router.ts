import type { StoredMessage } from '@tributary/backplane';
import type { Delivery } from './delivery.ts';
import { FanOut } from './fan-out.ts';
import { Join, type RouteResult } from './join.ts';
import { groupsOf, snapshotOf, type Target, targetOfAll } from './matching.ts';
import { Once } from './once.ts';
import type { Retained } from './retained.ts';
import type { Route } from './routes.ts';
import { type QueueCounters, SessionQueues, type SessionQueuesOptions } from './session-queues.ts';
import { SharedGroups, type SharedGroupsOptions } from './shared-groups.ts';

/** What the router counts. */
export interface RouterCounters extends QueueCounters {
  routed: number;
}

export interface RouterOptions extends SessionQueuesOptions, SharedGroupsOptions {
  readonly retained: Retained;
  readonly counters: RouterCounters;
  /** Retained messages are not offered: the flag is carried and means nothing. */
  readonly retainAvailable: boolean;
  /** There is room again after `isSaturated`. */
  readonly onRoom: () => void;
  /** Topics nobody may have. */
  readonly isHidden: (topic: string) => boolean;
}

/** Who else wants a message: finds them, and hands it to those connected and to the queues of those that persist. */
export class Router {
  readonly #options: RouterOptions;
  /** What must not reach devices twice that no queue speaks for. */
  readonly #once = new Once<RouteResult>((result) => result !== 'failed');
  readonly #queues: SessionQueues;
  readonly #shared: SharedGroups;
  readonly #fanOut: FanOut;

  constructor(options: RouterOptions) {
    this.#options = options;
    // A Redis that comes back may have lost the last epochs, and draw them again for others.
    options.store.on('down', () => this.#once.forget());
    this.#queues = new SessionQueues(options, (group, message, identity, join) =>
      this.#shared.share(group, message, identity, join),
    );
    this.#shared = new SharedGroups(options, this.#queues);
    this.#fanOut = new FanOut(
      () => this.#queues.hasRoom,
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
    return this.#queues.waiting;
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
      const group = this.#shared.find(message.topic, filter);
      if (group !== undefined) yield void this.#shared.share(group, message, identity, join);
    }
  }

  /** What a member of a shared subscription had not acknowledged goes to another one (`SharedGroups.handOver`). */
  handOver(delivery: Delivery, from: string, isKept: boolean, onDone: (isGiven: boolean) => void): void {
    this.#shared.handOver(delivery, from, isKept, onDone);
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
    const join = new Join(onDone);
    this.#queues.put({ clientId, delivery, isPersistent: true, routes: [route] }, undefined, join, undefined);
    join.end('done');
  }

  close(): void {
    this.#fanOut.close();
    this.#queues.close();
  }

  #retain(message: StoredMessage, join: Join): void {
    const { retained, retainAvailable } = this.#options;
    if (!retainAvailable) return;
    join.begin();
    if (retained.refusal(message) !== undefined) return join.end('full');
    retained.set(message, (fault) => join.end(fault === undefined ? 'done' : 'failed'));
  }

  #send(target: Target, identity: string | undefined, join: Join): void {
    const { receivers } = this.#options;
    const { message } = target.delivery;
    if (!receivers.mayHave(target.clientId, message.topic)) return;
    const before = receivers.before(target.clientId, message);
    if (before === undefined) return this.#sendNow(target, identity, join);
    join.begin();
    void before.then(() => {
      this.#sendNow(target, identity, join);
      join.end('done');
    });
  }

  #sendNow(target: Target, identity: string | undefined, join: Join): void {
    if (target.isPersistent && target.delivery.qos > 0) this.#queues.put(target, identity, join, undefined);
    else this.#options.receivers.deliver(target.routes, target.delivery);
  }
}
