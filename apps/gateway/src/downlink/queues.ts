import {
  isLinkError,
  isReplyError,
  type Keys,
  type QueueMessage,
  type QueueOp,
  type QueueSettlement,
  readQueue,
  settleQueue,
  type Store,
} from '@tributary/backplane';
import { Gate } from '@tributary/runtime';
import type { Delivery } from '../routing/delivery.ts';
import { StoreWriter } from '../routing/store-writer.ts';
import type { QueueAccess, QueueEntry } from '../session/deliveries/queue-access.ts';

interface Settlement {
  readonly clientId: string;
  readonly epoch: number;
  readonly op: QueueOp;
}
type Settled = 'done' | 'superseded' | 'lost';

/** Queues read at the same time: when ten thousand devices come back at once, memory holds as many pages. */
const readsAtOnce = 32;

/** The queues of this node's sessions in Redis: reads for all of them in turn, and what they acknowledged in batches. */
export class Queues {
  readonly #store: Store;
  readonly #keys: Keys;
  #maxAgeMs: number;
  readonly #settlements: StoreWriter<Settlement, Settled>;
  readonly #gate = new Gate(readsAtOnce);

  constructor(store: Store, keys: Keys, maxAgeMs: number) {
    this.#store = store;
    this.#keys = keys;
    this.#maxAgeMs = maxAgeMs;
    this.#settlements = new StoreWriter(store, (requests) => this.#settle(requests));
  }

  /** For queues of sessions that begin from now on. */
  configure(maxAgeMs: number): void {
    this.#maxAgeMs = maxAgeMs;
  }

  /** Acknowledgements Redis has not taken yet. */
  get waiting(): number {
    return this.#settlements.size;
  }

  /** The queue of a device for the session of `epoch`. */
  of(clientId: string, epoch: number): QueueAccess {
    return {
      maxAgeMs: this.#maxAgeMs,
      read: (after, count, maxBytes) => this.#read(clientId, after, count, maxBytes),
      settle: (op, onDone) =>
        this.#settlements.submit({ clientId, epoch, op }, (answer) => onDone(answer === 'done')),
    };
  }

  close(): void {
    this.#settlements.close();
  }

  #read(clientId: string, after: number, count: number, maxBytes: number): Promise<QueueEntry[]> {
    return this.#gate.run(async () => {
      const entries = await readQueue(this.#store.redis, this.#keys, clientId, after, count, maxBytes);
      return entries.map(({ n, bytes, message }) => ({ n, bytes, delivery: deliveryOf(message) }));
    });
  }

  /** Those of one device go together: one script call. */
  async #settle(requests: readonly Settlement[]): Promise<(Settled | Error)[]> {
    const batches = new Map<string, { settlement: QueueSettlement; ops: QueueOp[] }>();
    for (const { clientId, epoch, op } of requests) {
      const key = `${clientId}\n${epoch}`;
      const batch = batches.get(key);
      if (batch === undefined) {
        const ops = [op];
        batches.set(key, { settlement: { clientId, epoch, ops }, ops });
      } else batch.ops.push(op);
    }
    const keys = [...batches.keys()];
    const answers = await settleQueue(
      this.#store.redis,
      this.#keys,
      [...batches.values()].map(({ settlement }) => settlement),
    );
    // A part may have been carried out when the connection broke: all of it goes again, which does no harm.
    const lost = answers.find(
      (answer) => answer instanceof Error && (!isReplyError(answer) || isLinkError(answer)),
    );
    if (lost !== undefined) return requests.map(() => lost);
    const byKey = new Map(keys.map((key, i) => [key, answers[i]!]));
    return requests.map(({ clientId, epoch }) => byKey.get(`${clientId}\n${epoch}`)!);
  }
}

function deliveryOf({ identifiers, shared, ...message }: QueueMessage): Delivery {
  return { message, qos: message.qos, retain: message.retain, identifiers, shared };
}
