import {
  type Keys,
  markRouted,
  type QueueLimits,
  type Reaped,
  type Store,
  type StoreOptions,
  type StoredMessage,
} from '@tributary/backplane';
import { type Logger, systemClock } from '@tributary/runtime';
import type { Counters } from '../counters.ts';
import type { Delivery } from '../routing/delivery.ts';
import { Follower } from '../routing/follower.ts';
import { Retained, type RetainedLimits } from '../routing/retained.ts';
import { Router } from '../routing/router.ts';
import { Routes } from '../routing/routes.ts';
import type { SharedStrategy } from '../routing/shared-choice.ts';
import { Wills } from '../routing/wills.ts';
import type { DownstreamServices } from '../session/deliveries/downstream.ts';
import { UnfinishedFeeds } from '../session/deliveries/unfinished-feeds.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { Session } from '../session/session.ts';
import { type AccessRules, Subscriptions } from '../session/subscriptions.ts';
import type { Sender } from '../session/sender.ts';
import { Queues } from './queues.ts';
import { NodeReceivers } from './receivers.ts';
import { SharedFallback } from './shared-fallback.ts';
import { Sweep } from './sweep.ts';

/** What may change while it runs. */
export interface DownlinkLimits {
  readonly queueLimits: QueueLimits & { readonly maxAgeSeconds: number };
  readonly retainedLimits: RetainedLimits;
}

export interface DownlinkOptions {
  readonly connection: StoreOptions;
  readonly store: Store;
  readonly keys: Keys;
  readonly registry: SessionRegistry;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly nodeName: () => string;
  readonly queueLimits: DownlinkLimits['queueLimits'];
  readonly retainedLimits: RetainedLimits;
  readonly retainAvailable: boolean;
  /** Publishers that paused for the queues may go on. */
  readonly onRoom: () => void;
  readonly sharedStrategy: SharedStrategy;
  readonly access: AccessRules;
}

/** Everything that brings messages to devices: who wants what, the queues of those who are away, and their acknowledgements. */
export class Downlink {
  readonly routes = new Routes();
  readonly retained: Retained;
  readonly router: Router;
  readonly wills: Wills;
  readonly subscriptions: Subscriptions;
  readonly services: DownstreamServices;
  readonly #options: DownlinkOptions;
  /** Its own copies, which everybody who was given them reads anew. */
  readonly #limits: DownlinkLimits;
  readonly #queues: Queues;
  readonly #follower: Follower;
  readonly #sweep: Sweep;
  readonly #sharedFallback: SharedFallback;
  #isStarted = false;
  #isClosed = false;
  /** Wills fired before this node knows who wants what. */
  readonly #early: Reaped['firedWills'][number][] = [];

  constructor(options: DownlinkOptions) {
    this.#options = options;
    const { store, keys, registry, counters, logger, nodeName } = options;
    this.#limits = { queueLimits: { ...options.queueLimits }, retainedLimits: { ...options.retainedLimits } };
    const { queueLimits, retainedLimits } = this.#limits;
    this.retained = new Retained(store, keys, retainedLimits, logger);
    this.subscriptions = new Subscriptions(store, keys, this.routes, options.access);
    this.#queues = new Queues(store, keys, queueLimits.maxAgeSeconds * 1000);
    const receivers = new NodeReceivers(registry, store, keys, nodeName);
    this.router = new Router({
      store,
      keys,
      routes: this.routes,
      retained: this.retained,
      receivers,
      counters,
      queueLimits,
      sharedStrategy: options.sharedStrategy,
      retainAvailable: options.retainAvailable,
      onRoom: options.onRoom,
      isHidden: (topic) => this.subscriptions.isHidden(topic),
    });
    this.wills = new Wills(store, keys, this.router, counters, logger);
    this.#sweep = new Sweep(registry, () => store.isUp);
    this.#sharedFallback = new SharedFallback({ store, keys, router: this.router, registry, logger });
    this.#follower = new Follower({
      ...options,
      routes: this.routes,
      retained: this.retained,
      onDoorbell: (clientId) => receivers.look(clientId),
    });
    this.services = {
      bounds: { ...queueLimits, maxAgeMs: queueLimits.maxAgeSeconds * 1000 },
      handOver: (delivery, from) => this.router.handOver(delivery, from, false, () => {}),
      queueOf: (clientId, epoch) => this.#queues.of(clientId, epoch),
      retained: {
        matching: (filter) => this.retained.matching(filter),
        has: (topic) => this.retained.has(topic),
        isArriving: (message) => this.retained.isArriving(message),
        read: (topics, isOlder) => this.retained.read(topics, isOlder),
        isHidden: (topic) => this.subscriptions.isHidden(topic),
        enqueue: (clientId, filter, delivery, onDone) =>
          this.router.queueFor(clientId, filter, queuedNow(delivery), () => onDone()),
      },
      unfinished: new UnfinishedFeeds(),
      logger,
    };
    // What could not be read while Redis was away is read now.
    store.on('up', () => {
      for (const session of registry.all()) {
        if (session.openDownstream === undefined) continue;
        session.look();
        session.openDownstream.pump();
      }
    });
  }

  /** Takes other limits, for what comes from now on. */
  configure({ queueLimits, retainedLimits }: DownlinkLimits): void {
    const maxAgeMs = queueLimits.maxAgeSeconds * 1000;
    Object.assign(this.#limits.queueLimits, queueLimits);
    Object.assign(this.#limits.retainedLimits, retainedLimits);
    Object.assign(this.services.bounds, queueLimits, { maxAgeMs });
    this.#queues.configure(maxAgeMs);
  }

  /** Acknowledgements of devices Redis has not taken yet. */
  get settlementsWaiting(): number {
    return this.#queues.waiting;
  }

  /** Learns who wants what and follows it. */
  async start(): Promise<void> {
    await this.#follower.start();
    if (this.#isClosed) return;
    this.#sweep.start();
    this.#isStarted = true;
    this.firedAll(this.#early.splice(0));
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#sweep.stop();
    this.#follower.close();
    this.router.close();
    this.retained.close();
    this.#queues.close();
  }

  /** A session's connection has ended and its claim is released: what it shared goes to others who are there. */
  released(session: Session): void {
    if (!session.isPersistent || !hasShared(session)) return;
    this.#sharedFallback.run(session.clientId);
  }

  /** Wills of devices of dead nodes were fired; handed on once this node knows who wants them. */
  firedAll(fired: Reaped['firedWills']): void {
    if (!this.#isStarted) this.#early.push(...fired);
    else for (const { partition, entry } of fired) void this.wills.fired(partition, entry);
  }

  /** The will of a device was fired, as this entry of `up`. */
  fired(clientId: string, entry: string): void {
    void this.wills.fired(this.#options.keys.partitionOf(clientId), entry);
  }

  /** A QoS 2 message of a device is handed on. Not awaited: repeated, its identity is refused where a queue holds it. */
  markRouted({ clientId, epoch }: Sender, packetId: number, message: StoredMessage): void {
    const { store, keys } = this.#options;
    if (!store.isUp) return;
    markRouted(store.redis, keys, clientId, epoch, packetId, message).catch(() => {});
  }
}

function hasShared({ subscriptions }: Session): boolean {
  for (const filter of subscriptions.keys()) if (filter.startsWith('$share/')) return true;
  return false;
}

/** Its age counts from when it was queued, however long ago it was retained. */
function queuedNow(delivery: Delivery): Delivery {
  return { ...delivery, message: { ...delivery.message, ts: systemClock.now() } };
}
