import type { Claim } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Admitted, Introduction } from '../../admission/admission.ts';
import type { Identity } from '../../admission/identity.ts';
import type { ResumeVisit } from '../../auth/resume/resume-visit.ts';
import type { Session } from '../session.ts';
import type { SessionStart } from '../session-start.ts';

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
  /** Topic of the message to be sent when the device is lost; undefined when there is none. */
  readonly willTopic: string | undefined;
  /**
   * Lets the device show that it is `clientId`, packet by packet; answers why not, or who it is. Undefined leaves that to the
   * authenticators. Need not settle when the connection ends. A ProtocolError refuses with its code.
   */
  authenticate?(clientId: string): Promise<CloseReason | Identity | undefined> | undefined;
  /** It registers a key to come back by, or comes back by one. */
  readonly visit?: ResumeVisit | undefined;
  /** Answers no, before the connection is closed with the same reason. */
  refuse(reason: CloseReason): void;
  createSession(start: SessionStart): Session;
  /** Answers yes. @param resumeUntil Unix ms until when its key is good; undefined: it has none */
  welcome(start: SessionStart, admitted: Admitted, claim: Claim, resumeUntil: number | undefined): void;
}
