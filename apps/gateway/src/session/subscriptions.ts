import { changeSubscriptions, type Keys, type Store } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import { type Route, type Routes, type SubscriptionOptions, unconfirmed } from '../routing/routes.ts';
import { optionsToJson } from '../routing/subscription-json.ts';
import { TopicTree } from '../routing/topic-tree.ts';
import type { Session } from './session.ts';

/** Deeper than any rule spells out. */
const manyLevels = '+/'.repeat(64);

/** Topics nobody may subscribe or publish to, as filters. */
export interface AccessRules {
  readonly denySubscribe: readonly string[];
  readonly denyPublish: readonly string[];
}

/** Subscriptions of all sessions of this node: in Redis for those that outlive their connection, and in the routes. */
export class Subscriptions {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #routes: Routes;
  #unseen: TopicTree<true> | undefined;
  #unsaid: TopicTree<true> | undefined;

  constructor(store: Store, keys: Keys, routes: Routes, rules: AccessRules) {
    this.#store = store;
    this.#keys = keys;
    this.#routes = routes;
    this.configure(rules);
  }

  /** Holds for every message from now on; a subscription that is denied by now stays and gets nothing. */
  configure({ denySubscribe, denyPublish }: AccessRules): void {
    this.#unseen = treeOf(denySubscribe);
    this.#unsaid = treeOf(denyPublish);
  }

  /** Whether a filter asks for nothing but topics that nobody may have. */
  isDenied(filter: string): boolean {
    // As if its wildcards were names: only rules as wide as the filter match those.
    return this.isHidden(filter.replace(/#$/, manyLevels));
  }

  /** Whether nobody may have messages of a topic. */
  isHidden(topic: string): boolean {
    return this.#unseen !== undefined && matches(this.#unseen, topic);
  }

  isPublishDenied(topic: Buffer, start = 0, end = topic.length): boolean {
    return this.#unsaid !== undefined && matches(this.#unsaid, topic.toString('utf8', start, end));
  }

  /**
   * Adds and removes subscriptions of a session. They hold at once; the promise resolves when Redis has what outlives the
   * connection, with the reason why the session has no right to any more, if so. @throws without Redis
   */
  async change(
    session: Session,
    added: ReadonlyMap<string, SubscriptionOptions>,
    removed: readonly string[],
  ): Promise<CloseReason | undefined> {
    const { clientId, epoch, isPersistent } = session;
    const json = new Map([...added].map(([filter, options]) => [filter, optionsToJson(options)]));
    for (const [filter, text] of json) session.subscriptions.set(filter, text);
    for (const filter of removed) session.subscriptions.delete(filter);
    // A message the device sends right behind its SUBSCRIBE is matched: its queue entry is written behind this.
    const routes = this.#route(session, added);
    for (const filter of removed) this.#routes.remove(clientId, filter);
    if (!isPersistent || (added.size === 0 && removed.length === 0)) return undefined;
    const change = { clientId, epoch, added: json, removed, isPersistent };
    let version = 0;
    try {
      const answer = await changeSubscriptions(this.#store.redis, this.#keys, change);
      if (answer.status !== 'done') {
        for (const route of routes) this.#routes.withdraw(route);
        return answer.status === 'superseded' ? 'superseded' : 'node-lost';
      }
      version = answer.version;
      return undefined;
    } finally {
      // Not written: a route that Redis does not know of is dropped by whoever tries to use it.
      for (const route of routes) if (isPersistent) route.version = version;
    }
  }

  /** A session begins: when it is a new one, the routes of the one before it leave. */
  begin(session: Session, isPresent: boolean): void {
    if (!isPresent) this.#routes.forget(session.clientId, 'persistent');
  }

  /** A session's connection has ended: subscriptions that end with it leave. */
  end(session: Session): void {
    if (!session.isPersistent) this.#routes.forget(session.clientId, 'ordinary', session.epoch);
  }

  #route(session: Session, added: ReadonlyMap<string, SubscriptionOptions>): Route[] {
    const { clientId, isPersistent, epoch } = session;
    const version = isPersistent ? unconfirmed : epoch;
    return [...added].map(([filter, options]) => {
      const route: Route = { clientId, filter, isPersistent, version, ...options };
      this.#routes.add(route);
      return route;
    });
  }
}

function treeOf(filters: readonly string[]): TopicTree<true> | undefined {
  if (filters.length === 0) return undefined;
  const tree = new TopicTree<true>();
  for (const filter of filters) tree.set(filter, true);
  return tree;
}

function matches(tree: TopicTree<true>, topic: string): boolean {
  const found: true[] = [];
  tree.match(topic, found);
  return found.length > 0;
}
