import { type UplinkMessage, wholeMessage } from '@tributary/backplane';
import type { PublishProperties } from '@tributary/protocol';
import { type HoldRoom, Latest } from '../../admission/overload/latest.ts';
import type { Session } from '../session.ts';
import { Patience } from '../throttling/patience.ts';
import type { MessageGate } from '../sender.ts';
import type { Paced, Pacer } from './pacer.ts';

/** A message at QoS 0 that waits; the bytes are its own. */
interface HeldMessage extends UplinkMessage {
  /** Unix ms at which it came. */
  readonly heardAt: number;
}

/** What all gates of a node share. */
export interface GateServices {
  readonly room: HoldRoom;
  /** Something is held by this gate now, and was not before. */
  readonly onHeld: (gate: OverloadGate) => void;
}

/**
 * What an overloaded node asks of one device: its messages are taken at a pace, and of those at QoS 0 the latest of each
 * topic. A session has one only while something is asked of it.
 */
export class OverloadGate implements Paced, MessageGate {
  readonly session: Session;
  /** Undefined: it is not slowed. */
  pacer: Pacer | undefined;
  isShedding = false;
  turn = 0;
  promised = 0;
  isHeldBack = false;
  pausedAtMs = 0;
  pausedUntilMs = 0;
  toldMs = -Infinity;
  drops = 0;
  readonly patience: Patience;
  /** Monotonic ms since when something is held; kept by whoever releases it. */
  heldSinceMs = 0;
  readonly #services: GateServices;
  #latest: Latest<HeldMessage> | undefined;
  #isReleasing = false;

  constructor(session: Session, services: GateServices) {
    this.session = session;
    this.patience = new Patience(session.connection);
    this.#services = services;
  }

  /** How many messages are held. */
  get held(): number {
    return this.#latest?.count ?? 0;
  }

  /** A message of the device came; answers whether it is held, or dropped, instead of admitted. */
  keeps(message: UplinkMessage): boolean {
    const { qos } = message;
    if (this.#isReleasing) return false;
    const isTaken = this.pacer?.takes(this, qos) ?? true;
    // What is held is the latest, and takes nothing of the pace.
    if (!isTaken && !this.isShedding) {
      this.session.upstream.shed(message);
      return true;
    }
    if (qos > 0) {
      // What came before it goes before it.
      this.release();
      return false;
    }
    if (!this.isShedding) return false;
    this.#hold(ownMessage(message, this.session.connection.heardAt));
    return true;
  }

  /** Hands on what is held, oldest first. */
  release(): void {
    if (this.held === 0) return;
    this.#isReleasing = true;
    const { upstream } = this.session;
    for (const message of this.#latest!.takeAll()) upstream.admit(message, message.heardAt);
    this.#isReleasing = false;
  }

  /** Nothing is asked of the device any more, or it leaves. */
  open(): void {
    const { pacer } = this;
    this.pacer = undefined;
    this.isShedding = false;
    this.release();
    this.session.upstream.overload = undefined;
    // Last, as reading goes on within.
    pacer?.left(this);
  }

  #hold(message: HeldMessage): void {
    const latest = (this.#latest ??= new Latest(this.#services.room));
    const wasEmpty = latest.count === 0;
    const lost = latest.hold(message.topic.toString('latin1'), message, message.bytes.length);
    if (lost !== undefined) this.session.upstream.shed(lost);
    if (wasEmpty && latest.count > 0) this.#services.onHeld(this);
  }
}

function ownMessage(message: UplinkMessage, heardAt: number): HeldMessage {
  const { topic, topicStart, topicEnd, bytes, payloadStart, payloadEnd, retain } = message;
  const ownTopic = Buffer.from(topic.subarray(topicStart, topicEnd));
  const payload = Buffer.from(bytes.subarray(payloadStart, payloadEnd));
  const properties = ownProperties(message.properties);
  return { ...wholeMessage(0, 0, ownTopic, payload, retain, properties), heardAt };
}

/** The bytes of a packet are valid during its call only. */
function ownProperties(properties: PublishProperties | undefined): PublishProperties | undefined {
  const correlationData = properties?.correlationData;
  if (correlationData === undefined) return properties;
  return { ...properties, correlationData: Buffer.from(correlationData) };
}
