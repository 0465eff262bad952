import { isUtf8 } from 'node:buffer';

export interface WelcomeFrame {
  readonly type: 'welcome';
  readonly version: 1;
  readonly clientId: string;
  readonly epoch: number;
  readonly sessionPresent: boolean;
  /** Seconds in force; 0 is none. */
  readonly keepAlive: number;
  /** Messages with an id that may be unacknowledged at once before reading pauses. */
  readonly window: number;
  readonly maxFrameBytes: number;
  /** The device may come back by its key until then, Unix ms. Absent: it may not. */
  readonly resumeUntil?: number;
}
/** What a device that comes back by its key has to answer with a `proof`. */
export interface ChallengeFrame {
  readonly type: 'challenge';
  /** 32 bytes, base64. */
  readonly nonce: string;
  /** X25519 public key made for this challenge, base64. */
  readonly key: string;
}
/** A message for the device. */
export interface MessageFrame {
  readonly type: 'message';
  /** Given: comes again until the device acknowledges it. */
  readonly id?: number;
  readonly topic: string;
  readonly payload: string;
  /** Given where the payload's bytes are no text. */
  readonly encoding?: 'base64';
  /** Sent before under the same id, perhaps by an earlier connection. */
  readonly dup?: boolean;
  /** Kept for the topic before the subscription was made. */
  readonly retain?: boolean;
  readonly contentType?: string;
  readonly responseTopic?: string;
  /** Base64. */
  readonly correlation?: string;
  /** Seconds it stays of use. */
  readonly expiry?: number;
  /** User properties in their order; a name may repeat. */
  readonly user?: readonly (readonly [string, string])[];
}
/** For each topic of the `subscribe` the QoS granted, or the code of the refusal. */
export interface SubscribedFrame {
  readonly type: 'subscribed';
  readonly id: number;
  readonly granted: readonly (0 | 1 | SubscribeRefusal)[];
}
/** Why a filter is not subscribed to. A later version may have more. */
export type SubscribeRefusal =
  | 'not-authorized'
  | 'topic-filter-invalid'
  | 'quota-exceeded'
  | 'shared-not-supported'
  | 'wildcard-not-supported';
/** For each topic of the `unsubscribe` whether there was such a subscription. */
export interface UnsubscribedFrame {
  readonly type: 'unsubscribed';
  readonly id: number;
  readonly removed: readonly boolean[];
}
/** The node takes less for now: the device should send nothing for so long. */
export interface SlowDownFrame {
  readonly type: 'slow_down';
  readonly retryAfterMs: number;
}

/** What the gateway says. */
export type GatewayFrame =
  | WelcomeFrame
  | ChallengeFrame
  | MessageFrame
  | SubscribedFrame
  | UnsubscribedFrame
  | { readonly type: 'ack'; readonly id: number }
  | { readonly type: 'error'; readonly id?: number; readonly code: string; readonly message: string }
  | { readonly type: 'pong' }
  | SlowDownFrame
  | { readonly type: 'bye'; readonly reason: string; readonly retry: string };

/** The text frame that says `frame`. */
export const encodeGatewayFrame = (frame: GatewayFrame): string => JSON.stringify(frame);

/** The fields of a `message` that say these bytes: as text where they are UTF-8, else as base64. */
export function textOrBase64(payload: Buffer): Pick<MessageFrame, 'payload' | 'encoding'> {
  if (isUtf8(payload)) return { payload: payload.toString('utf8') };
  return { payload: payload.toString('base64'), encoding: 'base64' };
}
