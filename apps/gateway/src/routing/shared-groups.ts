import type { StoredMessage } from '@tributary/backplane';
import type { Delivery } from './delivery.ts';
import { Join } from './join.ts';
import { groupsOf, targetOf } from './matching.ts';
import type { Receivers } from './receivers.ts';
import type { Routes, SharedGroup } from './routes.ts';
import type { SessionQueues } from './session-queues.ts';
import { chooseMember, type SharedStrategy } from './shared-choice.ts';

export interface SharedGroupsOptions {
  readonly routes: Routes;
  readonly receivers: Receivers;
  readonly sharedStrategy: SharedStrategy;
}

/** Shared subscriptions: one member of a group gets each message, and another one what that leaves. */
export class SharedGroups {
  readonly #options: SharedGroupsOptions;
  readonly #queues: SessionQueues;

  constructor(options: SharedGroupsOptions, queues: SessionQueues) {
    this.#options = options;
    this.#queues = queues;
  }

  /** The group of the whole filter `shared` that gets messages of the topic; undefined when nobody is left in it. */
  find(topic: string, shared: string): SharedGroup | undefined {
    for (const group of groupsOf(this.#options.routes.match(topic))) {
      if (group.members.some(({ filter }) => filter === shared)) return group;
    }
    return undefined;
  }

  /**
   * Gives a message to one member, but `except`.
   * @returns whether somebody has it, or Redis is asked to keep it for somebody
   */
  share(
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
    if (isQueued) this.#queues.put(target, identity, join, group);
    return isQueued || receivers.deliver(target.routes, target.delivery);
  }

  /**
   * Gives what a member had not acknowledged to another one that is connected.
   * @param isKept whether a queue keeps it all the same; otherwise a member that is away, but whose session is kept, will do
   *   as well
   * @param onDone whether another one has it
   */
  handOver(delivery: Delivery, from: string, isKept: boolean, onDone: (isGiven: boolean) => void): void {
    const { shared, message } = delivery;
    const group = shared === undefined ? undefined : this.find(message.topic, shared);
    if (group === undefined || !this.#hasAnother(group, message.topic, from, isKept)) return onDone(false);
    const join: Join = new Join((result) => onDone(result === 'done' && !join.isLost));
    if (!this.share(group, message, undefined, join, from)) join.isLost = true;
    join.end('done');
  }

  #hasAnother({ members }: SharedGroup, topic: string, from: string, isKept: boolean): boolean {
    const { receivers } = this.#options;
    return members.some(
      ({ clientId, isPersistent }) =>
        clientId !== from &&
        (receivers.isReady(clientId, topic) ||
          (isPersistent && !isKept && receivers.mayHave(clientId, topic))),
    );
  }
}
