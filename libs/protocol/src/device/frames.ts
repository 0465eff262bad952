/** Subprotocol name of plain WebSocket devices, version 1. */
export const deviceSubprotocol = 'tributary.v1';

export interface HelloFrame {
  readonly type: 'hello';
  /** Absent: the gateway assigns one and says it in `welcome`. */
  readonly clientId?: string;
  readonly cleanStart: boolean;
  /** Seconds the session outlives the connection. */
  readonly expiry: number;
  /** Seconds; 0 is none. */
  readonly keepAlive: number;
  readonly user?: string;
  readonly password?: string;
  /** As said: names and values are for `readTags` to check. */
  readonly tags?: Readonly<Record<string, unknown>>;
  /** X25519 public key, 32 bytes: to come back by, once the device has shown its credentials. */
  readonly resumeKey?: Buffer;
  /** It comes back by the key it registered, and this was its epoch: the answer is a `challenge`. */
  readonly resumeEpoch?: number;
}
/** The answer to a `challenge`; only before `welcome`. */
export interface ProofFrame {
  readonly type: 'proof';
  /** 32 bytes. */
  readonly proof: Buffer;
}
export interface PublishFrame {
  readonly type: 'publish';
  /** Given: answered by `ack` once stored. Absent: at most once, never answered. */
  readonly id?: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly contentType?: string;
  readonly retain: boolean;
  /** Where an answer is awaited: a topic name, without wildcards. */
  readonly responseTopic?: string;
  /** At most 65,535 bytes. */
  readonly correlation?: Buffer;
  /** Seconds the message stays of use. */
  readonly expiry?: number;
}
/** One filter of a `subscribe`, as yet unchecked, and how what matches it is to come. */
export interface WantedTopic {
  readonly filter: string;
  /** 1: deliveries have an id and come again until acknowledged. */
  readonly qos: 0 | 1;
  /** Nothing this device itself published. Never with a shared filter. */
  readonly noLocal: boolean;
  /** As in MQTT 5: 0 send retained messages, 1 only to a new subscription, 2 none. */
  readonly retainHandling: 0 | 1 | 2;
}
export interface SubscribeFrame {
  readonly type: 'subscribe';
  readonly id: number;
  /** 1 to 100. */
  readonly topics: readonly WantedTopic[];
}
export interface UnsubscribeFrame {
  readonly type: 'unsubscribe';
  readonly id: number;
  /** 1 to 100 filters. */
  readonly topics: readonly string[];
}
/** A `message` with this id has arrived. */
export interface AckFrame {
  readonly type: 'ack';
  readonly id: number;
}
export interface PingFrame {
  readonly type: 'ping';
}
export interface ByeFrame {
  readonly type: 'bye';
}
/** What a device says. */
export type DeviceFrame =
  | HelloFrame
  | ProofFrame
  | PublishFrame
  | SubscribeFrame
  | UnsubscribeFrame
  | AckFrame
  | PingFrame
  | ByeFrame;
