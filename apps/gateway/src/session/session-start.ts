import type { LinkPast, QueueState, ReceivedMessage } from '@tributary/backplane';
import type { SessionAcl } from '../admission/acl/session-acl.ts';
import type { DeviceTraits } from '../admission/device-rules.ts';
import type { Identity } from '../admission/identity.ts';

/** What the session was given when its device was admitted. */
export interface SessionStart {
  readonly clientId: string;
  readonly epoch: number;
  readonly nonce: string;
  /** Unix ms. */
  readonly connectedAt: number;
  /** Seconds it outlives its connection. */
  readonly expiry: number;
  /** Messages of the device that may be unanswered by Redis before reading pauses. */
  readonly window: number;
  /** The id was made up by us, or nobody vouches for it: its record is kept for a short while only. */
  readonly isTransient: boolean;
  readonly traits: DeviceTraits;
  /** Who it has shown itself to be. */
  readonly identity: Identity;
  /** What it may publish and have; undefined: everything. */
  readonly acl?: SessionAcl | undefined;
  /** Topic of its will; undefined: it left none. */
  readonly willTopic?: string | undefined;
  /** What Redis remembers of the device's link. */
  readonly link: LinkPast;
  /** Packet id → identity of QoS 2 messages that are stored and not released. */
  readonly receiving: ReadonlyMap<number, ReceivedMessage>;
  /** Filter → options as JSON. */
  readonly subscriptions: ReadonlyMap<string, string>;
  /** The session outlives its connection, or did: what is above QoS 0 goes through its queue in Redis. */
  readonly isPersistent: boolean;
  /** The device has found its session. */
  readonly isResumed: boolean;
  readonly queue: QueueState;
  /** Messages above QoS 0 that may be with the device unacknowledged. */
  readonly deliveryWindow: number;
}
