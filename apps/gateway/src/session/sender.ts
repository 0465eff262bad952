import type { EntryKind, StoredMessage, UplinkMessage } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { AcknowledgeLevel } from '../admission/classes/acknowledge.ts';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { RouteResult } from '../routing/join.ts';
import type { Router } from '../routing/router.ts';
import type { Uplink } from '../uplink/uplink.ts';

/** The session whose messages go up. */
export interface Sender {
  readonly clientId: string;
  readonly epoch: number;
  readonly connection: Connection;
  /** Messages that may be unanswered by Redis before reading pauses. */
  readonly window: number;
  readonly isOpen: boolean;
  /** Place of its class in `serviceClasses`. */
  readonly rank: number;
  /** When its messages are acknowledged. */
  readonly acknowledges: AcknowledgeLevel;
  /** Says in the device's protocol that the store answered. */
  sayStored(kind: EntryKind, token: number, result: RouteResult): void;
  close(reason: CloseReason, detail?: string): void;
  /** Nothing is unanswered any more. */
  allAnswered(): void;
}

export interface UpstreamServices {
  readonly uplink: Uplink;
  readonly counters: Counters;
  readonly router: Router;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** The QoS 2 message that `packetId` of the device stands for is handed on: its repetition need not be. */
  readonly markRouted: (sender: Sender, packetId: number, message: StoredMessage) => void;
}

/** What an overloaded node does with the messages of a device before they are admitted. */
export interface MessageGate {
  /** Whether the message is held, or dropped, instead. Its bytes are valid during the call only. */
  keeps(message: UplinkMessage): boolean;
}
