import { type Keys, sendDoorbell, type Store, type StoredMessage } from '@tributary/backplane';
import type { Delivery } from '../routing/delivery.ts';
import type { Receivers } from '../routing/receivers.ts';
import type { Route } from '../routing/routes.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { Session } from '../session/session.ts';

/** The devices of this node as those who get messages. */
export class NodeReceivers implements Receivers {
  readonly #registry: SessionRegistry;
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #nodeName: () => string;
  /** Devices of other nodes to be told of, by `node\nclient id`; rung once a turn, however many messages they got. */
  readonly #rings = new Map<string, { node: string; clientId: string }>();

  constructor(registry: SessionRegistry, store: Store, keys: Keys, nodeName: () => string) {
    this.#registry = registry;
    this.#store = store;
    this.#keys = keys;
    this.#nodeName = nodeName;
  }

  isReady(clientId: string, topic: string): boolean {
    const session = this.#registry.get(clientId);
    return session !== undefined && session.mayHave(topic);
  }

  mayHave(clientId: string, topic: string): boolean {
    return this.#registry.get(clientId)?.mayHave(topic) !== false;
  }

  inflight(clientId: string): number {
    return this.#registry.get(clientId)?.openDownstream?.load ?? 0;
  }

  before(clientId: string, message: StoredMessage): Promise<void> | undefined {
    return this.#registry.get(clientId)?.openDownstream?.before(message);
  }

  deliver(routes: readonly Route[], delivery: Delivery): boolean {
    const session = this.#registry.get(routes[0]!.clientId);
    if (session === undefined || !routes.some((route) => isOf(session, route))) return false;
    session.downstream.deliver(delivery);
    return true;
  }

  look(clientId: string): void {
    this.#registry.ring(clientId);
    this.#registry.get(clientId)?.look();
  }

  queued(clientId: string, n: number, delivery: Delivery, owner: string | undefined): void {
    // A connection that is being taken over is sent nothing more: it would come again, and nobody would know.
    if (this.#registry.ring(clientId)) return;
    const session = this.#registry.get(clientId);
    if (session !== undefined) session.queued(n, delivery);
    else if (owner !== undefined && owner !== this.#nodeName()) this.#ring(owner, clientId);
  }

  #ring(node: string, clientId: string): void {
    if (this.#rings.size === 0) setImmediate(() => this.#sendRings());
    this.#rings.set(`${node}\n${clientId}`, { node, clientId });
  }

  #sendRings(): void {
    const rings = [...this.#rings.values()];
    this.#rings.clear();
    // A hint: what is lost is found when the device's queue is looked at again.
    for (const { node, clientId } of rings) {
      sendDoorbell(this.#store.redis, this.#keys, node, clientId).catch(() => {});
    }
  }
}

/** Whether it is this session's subscription: of another session of the client id it is not. */
function isOf({ subscriptions, epoch }: Session, { filter, isPersistent, version }: Route): boolean {
  return subscriptions.has(filter) && (isPersistent || version === epoch);
}
