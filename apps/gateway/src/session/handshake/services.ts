import type { Claim, ClaimRequest } from '@tributary/backplane';
import type { CloseReason, ServiceClass } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { AclSubject, SessionAcl } from '../../admission/acl/session-acl.ts';
import type { AdmissionLimits } from '../../admission/admission.ts';
import type { ClassFacts } from '../../admission/classes/class-rules.ts';
import type { DeviceTraits } from '../../admission/device-rules.ts';
import type { Connection } from '../../connection/connection.ts';
import type { Counters } from '../../counters.ts';
import type { IdentityServices } from './identity-services.ts';
import type { LoadServices } from './load-services.ts';
import type { SessionRegistry } from '../registry.ts';
import type { Session } from '../session.ts';

/** What the handshake needs of the node. */
export interface HandshakeServices {
  readonly limits: AdmissionLimits;
  readonly registry: SessionRegistry;
  /** Connections that are not sessions yet. */
  readonly greeting: Set<Connection>;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly now: () => number;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
  /** Why no device can be let in now, or undefined. */
  readonly closedFor: () => CloseReason | undefined;
  /** What is known of a device, with the tags it names itself. */
  readonly traitsOf: (clientId: string, tags: Iterable<readonly [string, unknown]>) => DeviceTraits;
  /** The service class a device connects with. */
  readonly classOf: (facts: ClassFacts) => ServiceClass;
  /** About how many lines the timeline of a device keeps. */
  readonly historyLength: number;
  /** Whether this client id, this user, or whoever comes from this `address:port` is kept out. */
  readonly isBanned: (clientId: string, address: string, user: string | undefined) => boolean;
  /** What a device may publish and have; undefined: everything. */
  readonly aclOf: (subject: AclSubject) => SessionAcl | undefined;
  /** Who a device is, and what follows from that. */
  readonly identity: IdentityServices;
  readonly load: LoadServices;
  /** Somebody was turned away; `clientId` as far as it is known. */
  readonly onRefused: (
    reason: CloseReason,
    address: string,
    clientId: string | undefined,
    facts?: RefusalFacts,
  ) => void;
  readonly claim: (request: ClaimRequest) => Promise<Claim>;
  /**
   * Ends a claim that no session will hold. It was the newest all the same, so whoever it superseded ends too. Without
   * `claim` its outcome is unknown: then both happen only if it had been made.
   */
  readonly abandon: (attempt: AbandonedClaim) => void;
  /** Asks another node to give up the device; resolves when it has, or after its bound. */
  readonly takeOver: (owner: string, clientId: string, epoch: number) => Promise<void>;
  readonly maxExpirySeconds: number;
  readonly window: number;
  /** Messages above QoS 0 that may be with a device unacknowledged. */
  readonly deliveryWindow: number;
  readonly uplinkMaxLength: number;
  /** Longest wait for an earlier connection that has ended and still waits for Redis, ms. */
  readonly goodbyeWaitMs: number;
  /** The claim fired the will of an earlier connection, as this entry of `up`. */
  readonly onFiredWill: (clientId: string, entry: string) => void;
  /** A session begins on this node. */
  readonly onBegun: (session: Session, isPresent: boolean) => void;
  /** Its connection has ended. */
  readonly onLeft: (session: Session) => void;
}

/** More about a connection that was turned away. */
export interface RefusalFacts {
  readonly listener: string;
  readonly protocol: string;
  readonly user: string | undefined;
  /** Who said no, where it was an authenticator. */
  readonly authenticator: string | undefined;
}

/** A claim, made or perhaps made, whose connection came to nothing. */
export interface AbandonedClaim {
  readonly clientId: string;
  readonly nonce: string;
  readonly reason: CloseReason;
  readonly isTransient: boolean;
  readonly claim: Claim | undefined;
}
