import { serviceClasses } from '@tributary/protocol';
import type { Keys } from '../keys.ts';
import { uplinkScripts } from '../scripts.ts';

const standardRank = serviceClasses.indexOf('standard');

/** What was appended. */
export const EntryKind = { QOS0: 0, QOS1: 1, QOS2: 2, RELEASE: 3 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** What became of it. */
export const Outcome = {
  /** Redis has it. */
  STORED: 0,
  /** Redis does not have it, and never will from this connection. */
  FAILED: 1,
  /** A newer connection speaks for the device; nothing was written. */
  FENCED: 2,
  /** QoS 0 whose reply never came: it may be stored or not. */
  UNKNOWN: 3,
  /** The master has it, and fewer replicas than asked. Never told of QoS 0. */
  NOT_REPLICATED: 4,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Told once for every appended entry; those that are stored, in the order of appending. Entries that are given up may be
 * told ahead of older ones that wait to be sent again. `token` is the caller's own. Must not throw.
 */
export type OnSettled = (kind: EntryKind, token: number, outcome: Outcome) => void;

/**
 * One device's right to write under one epoch: the unchanging parts of its commands, assembled once, and the marks by
 * which the writer keeps its order.
 */
export class UplinkChannel {
  readonly clientId: string;
  readonly epoch: number;
  readonly onSettled: OnSettled;
  /** An entry of this channel was refused at link level and waits to be sent again. Kept by the writer. */
  hasHole = false;
  /** The order can no longer be kept: nothing more of this channel is acknowledged. Kept by the writer. */
  isBroken = false;
  /** Its entries count as stored when enough replicas have them. */
  readonly needsReplicas: boolean;
  /** The class queue it stands in, and the batch it appended to last. Kept by the class queues. */
  rank: number;
  queuedIn = 0;
  /** Name and value of its class as an entry has them, behind the payload; `standard` is not said. Follows the class. */
  classField: Buffer | undefined;
  #wantedRank: number;
  readonly #keys: Keys;
  readonly #partition: number;
  readonly #maxLength: number;
  #entryHead: Buffer | undefined;
  #exactlyOnceHead: Buffer | undefined;
  #exactlyOnceFields: Buffer | undefined;
  #releaseHead: Buffer | undefined;

  /** @param rank place of its class in `serviceClasses` */
  constructor(
    keys: Keys,
    clientId: string,
    epoch: number,
    streamMaxLength: number,
    onSettled: OnSettled,
    rank = standardRank,
    needsReplicas = false,
  ) {
    this.#keys = keys;
    this.#partition = keys.partitionOf(clientId);
    this.#maxLength = streamMaxLength;
    this.clientId = clientId;
    this.epoch = epoch;
    this.onSettled = onSettled;
    this.needsReplicas = needsReplicas;
    this.rank = rank;
    this.classField = classFields[rank];
    this.#wantedRank = rank;
  }

  /** The class queue it is to stand in: its class from now on, which its entries tell. */
  get wantedRank(): number {
    return this.#wantedRank;
  }
  set wantedRank(rank: number) {
    if (rank === this.#wantedRank) return;
    this.#wantedRank = rank;
    this.classField = classFields[rank];
  }

  /** Arguments of XADD up to the value of `seq`: 6 of the command, 5 of the entry. */
  get entryHead(): Buffer {
    return (this.#entryHead ??= joinArguments([
      'XADD',
      this.#keys.uplink(this.#partition),
      'MAXLEN',
      '~',
      String(this.#maxLength),
      '*',
      ...this.#fields(),
    ]));
  }
  /** EVALSHA of publish-exactly-once up to the packet id. */
  get exactlyOnceHead(): Buffer {
    const keys = this.#keys;
    const partition = this.#partition;
    return (this.#exactlyOnceHead ??= joinArguments([
      'EVALSHA',
      uplinkScripts.publishExactlyOnce.sha,
      '3',
      keys.online(partition),
      keys.session(partition, this.clientId),
      keys.uplink(partition),
      this.clientId,
      String(this.epoch),
    ]));
  }
  /** Arguments of publish-exactly-once between the mark of what is unrouted and the entry's value of `seq`. */
  get exactlyOnceFields(): Buffer {
    return (this.#exactlyOnceFields ??= joinArguments([String(this.#maxLength), ...this.#fields()]));
  }
  /** EVALSHA of release-packet-id up to the packet id. */
  get releaseHead(): Buffer {
    const keys = this.#keys;
    const partition = this.#partition;
    return (this.#releaseHead ??= joinArguments([
      'EVALSHA',
      uplinkScripts.releasePacketId.sha,
      '2',
      keys.online(partition),
      keys.session(partition, this.clientId),
      this.clientId,
      String(this.epoch),
    ]));
  }

  #fields(): string[] {
    return ['device', this.clientId, 'epoch', String(this.epoch), 'seq'];
  }
}

/** Arguments as RESP bulk strings, one after the other. */
function joinArguments(values: readonly string[]): Buffer {
  return Buffer.from(values.map((value) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`).join(''));
}

/** By rank. */
const classFields = serviceClasses.map((name) =>
  name === 'standard' ? undefined : joinArguments(['class', name]),
);
