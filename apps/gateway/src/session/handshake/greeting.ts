import type { Claim } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Admitted, Introduction } from '../../admission/admission.ts';
import type { Session, SessionStart } from '../session.ts';

/** The protocol's own part: how a device is answered, and what kind of session it gets. */
export interface Greeting {
  readonly introduction: Introduction;
  /** Tags the device names, unchecked. */
  readonly tags: Iterable<readonly [name: string, value: unknown]>;
  /** Seconds the device asks its session to stay; 4294967295 is for ever. */
  readonly sessionExpiry: number;
  /** The message to be sent when the device is lost, as Redis keeps it; `now` in Unix ms. */
  will(clientId: string, now: number): Buffer | undefined;
  /** Messages above QoS 0 the device takes unacknowledged. */
  readonly receiveMaximum: number;
  /**
   * Lets the device show that it is `clientId`, packet by packet; answers why not. Need not settle when the connection ends.
   * A ProtocolError refuses with its code.
   */
  authenticate?(clientId: string): Promise<CloseReason | undefined> | undefined;
  /** Answers no, before the connection is closed with the same reason. */
  refuse(reason: CloseReason): void;
  createSession(start: SessionStart): Session;
  /** Answers yes. */
  welcome(start: SessionStart, admitted: Admitted, claim: Claim): void;
}
