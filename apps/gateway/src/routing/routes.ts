import { parseSharedFilter } from '@tributary/protocol';
import { TopicTree } from './topic-tree.ts';

/** What a subscriber asked for with a filter (MQTT 5 section 3.8.3.1). */
export interface SubscriptionOptions {
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
  readonly identifier: number | undefined;
}

/** One subscription: who wants what matches a filter, and how. */
export interface Route extends SubscriptionOptions {
  readonly clientId: string;
  /** As subscribed, `$share/group/` included. */
  readonly filter: string;
  /** Of a session that outlives its connection: deliveries above QoS 0 go through its queue in Redis. */
  readonly isPersistent: boolean;
  /**
   * Persistent: version of the partition's routes that brought it; `unconfirmed` until whoever adds it knows. Otherwise: epoch
   * of the session.
   */
  version: number;
}

/** Version of a route whose subscription is on its way to Redis: it counts as newer than all that the log tells, until Redis has answered. */
export const unconfirmed = Number.MAX_SAFE_INTEGER;

/** The members of one shared subscription group at one filter, and whose turn it is. */
export interface SharedGroup {
  readonly members: Route[];
  next: number;
}

/** Who subscribed with one filter. */
export interface Subscribers {
  readonly routes: Map<string, Route>;
  groups: Map<string, SharedGroup> | undefined;
}

/** Topics whose subscribers are remembered; with more different ones than this it begins anew. */
const rememberedTopics = 10_000;
const nobody: readonly Subscribers[] = [];

/** All subscriptions this node knows: those of its own sessions and the persistent ones of every node. */
export class Routes {
  readonly #tree = new TopicTree<Subscribers>();
  /** Client id → filter → route. */
  readonly #byClient = new Map<string, Map<string, Route>>();
  /** Topic name → who matches; emptied when a filter comes or goes. */
  readonly #remembered = new Map<string, readonly Subscribers[]>();
  /** Persistent routes the log told of while a session that does not persist was connected here, by client id and filter. */
  readonly #shadowed = new Map<string, Map<string, Route>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Who subscribed with filters that match the topic name. Cheap for a topic that was looked up before. */
  match(topic: string): readonly Subscribers[] {
    if (this.#tree.count === 0) return nobody;
    let found = this.#remembered.get(topic);
    if (found === undefined) {
      const matching: Subscribers[] = [];
      this.#tree.match(topic, matching);
      found = matching.length === 0 ? nobody : matching;
      if (this.#remembered.size >= rememberedTopics) this.#remembered.clear();
      this.#remembered.set(topic, found);
    }
    return found;
  }

  get(clientId: string, filter: string): Route | undefined {
    return this.#byClient.get(clientId)?.get(filter);
  }

  /** Routes of a client id. */
  of(clientId: string): readonly Route[] {
    return [...(this.#byClient.get(clientId)?.values() ?? [])];
  }

  /** Adds a route or replaces the one of its client id and filter; one that is not newer changes nothing. */
  add(route: Route): void {
    const { clientId, filter } = route;
    const before = this.get(clientId, filter);
    if (before !== undefined && this.#isShadowed(before, route)) return;
    const isKnown = before?.isPersistent === true && route.isPersistent && before.version >= route.version;
    if (isKnown && route.version !== unconfirmed) return;
    if (before !== undefined) this.#detach(before);
    let own = this.#byClient.get(clientId);
    if (own === undefined) this.#byClient.set(clientId, (own = new Map()));
    own.set(filter, route);
    this.#attach(route);
    this.#count++;
  }

  /**
   * What Redis holds of the clients of a partition takes the place of what was known of them, whatever its version: Redis may
   * have lost the last changes. Only what is on its way there stays.
   */
  reload(isOfPartition: (clientId: string) => boolean, stored: readonly Route[]): void {
    for (const clientId of [...this.#shadowed.keys()]) {
      if (isOfPartition(clientId)) this.#shadowed.delete(clientId);
    }
    for (const [clientId, own] of [...this.#byClient]) {
      if (!isOfPartition(clientId)) continue;
      for (const route of [...own.values()]) {
        if (route.isPersistent && route.version !== unconfirmed) this.remove(clientId, route.filter);
      }
    }
    for (const route of stored) this.add(route);
  }

  /** Takes back a route that Redis did not take, unless another took its place. */
  withdraw(route: Route): void {
    if (this.get(route.clientId, route.filter) === route) this.remove(route.clientId, route.filter);
  }

  /** The log tells that a persistent route is gone, as change `version`. */
  gone(clientId: string, filter: string, version: number): void {
    this.#forgetShadowed(clientId, filter, version);
    if (this.get(clientId, filter)?.isPersistent === true) this.remove(clientId, filter, version);
  }

  /** Removes the route of a client id and filter, unless it is newer than `version`. */
  remove(clientId: string, filter: string, version: number = Infinity): void {
    const route = this.get(clientId, filter);
    if (route === undefined || route.version > version) return;
    this.#detach(route);
    const own = this.#byClient.get(clientId)!;
    own.delete(filter);
    if (own.size === 0) this.#byClient.delete(clientId);
    const shadowed = this.#shadowed.get(clientId)?.get(filter);
    if (shadowed === undefined || route.isPersistent) return;
    this.#forgetShadowed(clientId, filter);
    this.add(shadowed);
  }

  /**
   * A session that is connected here without outliving its connection is newer than whatever the log tells of the client id; but
   * when it was taken over elsewhere, the log told of its successor. That is kept until it has ended.
   */
  #isShadowed(before: Route, route: Route): boolean {
    if (before.isPersistent || !route.isPersistent || route.version === unconfirmed) return false;
    let shadowed = this.#shadowed.get(route.clientId);
    if (shadowed === undefined) this.#shadowed.set(route.clientId, (shadowed = new Map()));
    shadowed.set(route.filter, route);
    return true;
  }

  #forgetShadowed(clientId: string, filter?: string, version = Infinity): void {
    const shadowed = this.#shadowed.get(clientId);
    if (shadowed === undefined) return;
    for (const route of shadowed.values()) {
      const isMeant = filter === undefined || route.filter === filter;
      if (isMeant && route.version <= version) shadowed.delete(route.filter);
    }
    if (shadowed.size === 0) this.#shadowed.delete(clientId);
  }

  /** Removes all routes of a client id of one kind that are not newer than `version`. */
  forget(clientId: string, kind: 'persistent' | 'ordinary', version: number = Infinity): void {
    if (kind === 'persistent') this.#forgetShadowed(clientId, undefined, version);
    for (const route of this.of(clientId)) {
      if (route.isPersistent === (kind === 'persistent')) this.remove(clientId, route.filter, version);
    }
  }

  #attach(route: Route): void {
    const shared = parseSharedFilter(route.filter);
    const filter = shared?.filter ?? route.filter;
    let subscribers = this.#tree.get(filter);
    if (subscribers === undefined) {
      this.#tree.set(filter, (subscribers = { routes: new Map(), groups: undefined }));
      this.#remembered.clear();
    }
    if (shared === undefined) {
      subscribers.routes.set(route.clientId, route);
      return;
    }
    subscribers.groups ??= new Map();
    const group = subscribers.groups.get(shared.group);
    if (group === undefined) subscribers.groups.set(shared.group, { members: [route], next: 0 });
    else group.members.push(route);
  }

  #detach(route: Route): void {
    this.#count--;
    const shared = parseSharedFilter(route.filter);
    const filter = shared?.filter ?? route.filter;
    const subscribers = this.#tree.get(filter);
    if (subscribers === undefined) return;
    if (shared === undefined) {
      subscribers.routes.delete(route.clientId);
    } else {
      const group = subscribers.groups?.get(shared.group);
      const at = group?.members.indexOf(route) ?? -1;
      if (at >= 0) group!.members.splice(at, 1);
      if (group?.members.length === 0) subscribers.groups!.delete(shared.group);
      if (subscribers.groups?.size === 0) subscribers.groups = undefined;
    }
    if (subscribers.routes.size > 0 || subscribers.groups !== undefined) return;
    this.#tree.delete(filter);
    this.#remembered.clear();
  }
}
