import { type Keys, noteAction, type Store } from '@tributary/backplane';
import { parseSharedFilter } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { Acl, AclConfig } from '../admission/acl/acl.ts';
import type { SessionAcl } from '../admission/acl/session-acl.ts';
import { TokenBucket } from '../admission/token-bucket.ts';
import type { Audit } from '../audit/audit-event.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';
import { whoAndWhere } from './who-and-where.ts';

/** Sessions looked at in one turn of the loop when the rules have changed. */
const batch = 500;
/** Of one session so often something is told, ms: what it may not do it will try again. */
const tellAgainMs = 60_000;
/** Lines of timelines a second, of all devices together. */
const linesPerSecond = 20;
/** Longer topics are cut off where people read them, characters. */
const shownTopic = 128;

export interface AccessControlOptions {
  readonly acl: Acl;
  readonly registry: SessionRegistry;
  readonly subscriptions: Subscriptions;
  readonly store: Store;
  readonly keys: Keys;
  readonly audit: Audit;
  readonly logger: Logger;
  readonly counters: { subscriptionsDenied: number };
  /** Unix ms. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly nodeName: () => string;
}

/** Holds the sessions of this node to the rules of what they may say and hear, and tells when one did not keep to them. */
export class AccessControl {
  readonly #options: AccessControlOptions;
  /** When something was told of a session, monotonic ms. */
  readonly #toldAt = new WeakMap<Session, number>();
  readonly #lines: TokenBucket;
  /** Counts changes of the rules: a look at all sessions ends where a newer one begins. */
  #change = 0;

  constructor(options: AccessControlOptions) {
    this.#options = options;
    this.#lines = new TokenBucket(linesPerSecond, linesPerSecond, options.monotonic());
  }

  /** Whether a 3.1.1 connection is closed for a PUBLISH that is denied. */
  get closesDenied(): boolean {
    return this.#options.acl.deniedPublish311 === 'close';
  }

  /** A session begins: what an earlier connection subscribed to may be denied by now. */
  begun(session: Session): void {
    this.#recheck(session);
  }

  /** Live: holds for the next message of every session; subscriptions that are not allowed any more end soon after. */
  configure(config: AclConfig): void {
    const { acl, registry } = this.#options;
    if (!acl.configure(config)) return;
    for (const session of registry.all()) session.acl = this.#aclOf(session);
    void this.#recheckAll();
  }

  /** A device tried what it may not. @param topic the topic or filter */
  denied(session: Session, action: 'publish' | 'subscribe', topic: string): void {
    if (action === 'subscribe') this.#options.counters.subscriptionsDenied++;
    const nowMs = this.#options.monotonic();
    if (nowMs - (this.#toldAt.get(session) ?? -Infinity) < tellAgainMs) return;
    this.#toldAt.set(session, nowMs);
    const shown = topic.slice(0, shownTopic);
    this.#audit(session, action, shown);
    if (this.#lines.take(1, nowMs)) this.#noteInTimeline(session, action, shown);
  }

  #aclOf({ clientId, identity, traits, connection }: Session): SessionAcl | undefined {
    const { listener, transport } = connection;
    const from = { listener, address: transport.remoteAddress };
    return this.#options.acl.of({ clientId, identity, class: traits.class, ...from });
  }

  async #recheckAll(): Promise<void> {
    const change = ++this.#change;
    let looked = 0;
    for (const session of [...this.#options.registry.all()]) {
      this.#recheck(session);
      if (++looked % batch === 0) await new Promise((resolve) => setImmediate(resolve));
      if (change !== this.#change) return;
    }
  }

  #recheck(session: Session): void {
    const { acl, subscriptions } = session;
    if (acl === undefined || subscriptions.size === 0 || !session.isOpen) return;
    const gone = [...subscriptions.keys()].filter(
      (filter) => !acl.maySubscribe(parseSharedFilter(filter)?.filter ?? filter),
    );
    if (gone.length === 0) return;
    for (const filter of gone) {
      session.openDownstream?.unsubscribed(filter);
      this.denied(session, 'subscribe', filter);
    }
    void this.#end(session, gone);
  }

  /** The connection goes on: to close those that a rule is about would have all of them come back at once. */
  async #end(session: Session, filters: readonly string[]): Promise<void> {
    session.changeBegins();
    try {
      const refusal = await this.#options.subscriptions.change(session, new Map(), filters);
      if (refusal !== undefined) session.close(refusal);
    } catch (error) {
      // Redis has them still: nothing of them is delivered, and the next connection finds them again.
      this.#options.logger.debug(
        { err: error, device: session.clientId },
        'denied subscriptions stay in Redis',
      );
    } finally {
      session.changeEnds();
    }
  }

  #audit(session: Session, action: 'publish' | 'subscribe', topic: string): void {
    this.#options.audit.say({
      kind: `${action}-denied`,
      outcome: 'failure',
      ...whoAndWhere(session),
      reason: 'not-authorized',
      detail: topic,
    });
  }

  #noteInTimeline({ clientId, epoch }: Session, action: string, topic: string): void {
    const { store, keys, nodeName, now, logger } = this.#options;
    if (!store.isUp) return;
    const about = { device: clientId, epoch, node: nodeName(), by: 'acl' };
    const line = { ...about, action: `${action}-denied`, reason: topic, outcome: '', ts: now() };
    noteAction(store.redis, keys, line).catch((error: unknown) =>
      logger.debug({ err: error, device: clientId }, 'a denial is missing in the history of its device'),
    );
  }
}
