import type { QueueState, StoredMessage } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Delivery } from '../../routing/delivery.ts';
import type { SubscriptionOptions } from '../../routing/routes.ts';
import type { Deliveries } from './deliveries.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import { type QueueBounds, type Recipient, sayAtMostOnce } from './outgoing.ts';
import type { QueueAccess } from './queue-access.ts';
import { QueueDeliveries } from './queue-deliveries.ts';
import { RetainedFeed, type RetainedSource } from './retained-feed.ts';
import type { UnfinishedFeeds } from './unfinished-feeds.ts';

/** What a node has for the deliveries of all its sessions. */
export interface DownstreamServices {
  readonly bounds: QueueBounds;
  /** Another member of the shared subscription gets it. */
  readonly handOver: (delivery: Delivery, from: string) => void;
  /** The queue of a session, fenced by its epoch. */
  readonly queueOf: (clientId: string, epoch: number) => QueueAccess;
  readonly retained: RetainedSource;
  /** Retained messages that connections which ended had not got. */
  readonly unfinished: UnfinishedFeeds;
  readonly logger: Logger;
}

/** Gateway → device for one session: what it subscribes to, and the answers to that. Made when there is first need. */
export class Downstream {
  readonly #recipient: Recipient;
  readonly #services: DownstreamServices;
  readonly #memory: MemoryDeliveries | undefined;
  readonly #queue: QueueDeliveries | undefined;
  #feed: RetainedFeed | undefined;

  /** `state`: of the session's queue in Redis; undefined for a session that ends with its connection. */
  constructor(recipient: Recipient, services: DownstreamServices, state: QueueState | undefined) {
    this.#recipient = recipient;
    this.#services = services;
    const { clientId, epoch } = recipient;
    if (state === undefined) {
      this.#memory = new MemoryDeliveries(recipient, services.bounds, (delivery) =>
        services.handOver(delivery, clientId),
      );
    } else {
      this.#queue = new QueueDeliveries(recipient, services.queueOf(clientId, epoch), state);
    }
  }

  /** What settles packet ids. */
  get deliveries(): Deliveries {
    return (this.#memory ?? this.#queue)!;
  }
  /** On its way and waiting: the load that the choice among members of a shared subscription looks at. */
  get load(): number {
    return this.deliveries.inflight + this.deliveries.waiting;
  }
  /** The highest entry of the queue that may have been sent. */
  get sent(): number {
    return this.#queue?.sent ?? 0;
  }

  /** A message that no queue in Redis keeps. */
  deliver(delivery: Delivery): void {
    if (delivery.qos === 0 || this.#memory === undefined) sayAtMostOnce(this.#recipient, delivery);
    else this.#memory.deliver(delivery);
  }

  /** Redis has a new entry of the session's queue. */
  queued(n: number, delivery: Delivery): void {
    this.#queue?.queued(n, delivery);
  }

  /** Goes on where an earlier connection stopped. */
  resume(): void {
    this.#queue?.resume();
    const left = this.#services.unfinished.take(this.#recipient.clientId);
    if (left !== undefined) this.#openFeed().resume(left);
  }

  /** The queue may have more than this node was told. */
  look(): void {
    this.#queue?.look();
  }

  /** Sends the retained messages that a new subscription matches, as fast as the device takes them. */
  sendRetained(filter: string, options: SubscriptionOptions): void {
    this.#openFeed().add(filter, options);
  }

  #openFeed(): RetainedFeed {
    if (this.#feed !== undefined) return this.#feed;
    const { retained, logger } = this.#services;
    const feed = new RetainedFeed(this.#recipient, this, retained, logger, this.#queue !== undefined);
    this.deliveries.onRoom = () => feed.pump();
    this.#feed = feed;
    return feed;
  }

  /** Resolves when what is retained for the topic of a message, and still to come, is handed over; undefined when nothing is. */
  before(message: StoredMessage): Promise<void> | undefined {
    return this.#feed?.before(message);
  }

  /** A subscription has ended: its retained messages stop. */
  unsubscribed(filter: string): void {
    this.#feed?.remove(filter);
  }

  /** There may be room again. */
  pump(): void {
    this.deliveries.pump();
    this.#feed?.pump();
  }

  end(): void {
    this.deliveries.end();
    const feed = this.#feed;
    if (feed === undefined) return;
    const left = feed.end();
    const isLeft = left.length > 0 || feed.isBusy;
    if (this.#queue !== undefined && isLeft) this.#services.unfinished.keep(this.#recipient.clientId, left);
  }
}
