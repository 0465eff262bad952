import type { CloseReason } from '../close-reasons.ts';
import type { Band, Confidence, Penalties, ServiceClass } from '../quality/index.ts';

/** What every event of the stream `{pN}:events` carries. Times are Unix milliseconds by the writing node's clock. */
interface EventBase {
  device: string;
  epoch: number;
  ts: number;
  /** The node's `id.incarnation`. */
  node: string;
}

/** How a device came in; part of `connected` and `superseded`. */
export interface ConnectionFacts {
  /** `mqtt3.1.1`, `mqtt5` or `tributary.v1`. */
  protocol: string;
  /** `tcp` or `ws`. */
  transport: string;
  /** The listener's name. */
  listener: string;
  /** Remote `address:port`. */
  address: string;
  class: string;
  cleanStart: boolean;
  sessionPresent: boolean;
  /** Seconds; 0 is none. */
  keepAlive: number;
  /** What operators know the device by; absent when it has none. */
  tags?: Readonly<Record<string, string>>;
  /** Declared to sleep; absent when it is not. */
  sleepy?: boolean;
}

export interface ConnectedEvent extends EventBase, ConnectionFacts {
  type: 'connected';
}

/** Also means connected; no `disconnected` follows for the previous epoch. */
export interface SupersededEvent extends EventBase, ConnectionFacts {
  type: 'superseded';
  previousEpoch: number;
  previousNode: string;
}

export interface DisconnectedEvent extends EventBase {
  type: 'disconnected';
  reason: CloseReason;
  /** `device`, `gateway` or `network`. */
  by: string;
  durationMs: number;
  /** The highest `seq` of the epoch; 0 when nothing was sent. -1 when the node died and nobody knows. */
  lastSeq: number;
  messages: number;
  bytes: number;
  /** QoS 0 messages that were dropped at admission or refused by Redis. */
  dropped: number;
  /** QoS 0 messages whose storing was never confirmed. */
  unknown: number;
}

/** The link of a connected device is in another band, and has been for some windows. */
export interface QualityEvent extends EventBase {
  type: 'quality';
  /** 0..100; absent when unknown. */
  score?: number;
  band: Band;
  previousBand: Band;
  penalties: Penalties;
  confidence: Confidence;
  /** Of the formula. */
  version: number;
  rttMs?: number;
  jitterMs?: number;
  lossRatio?: number;
}

/** A connected device is of another service class. */
export interface ClassEvent extends EventBase {
  type: 'class';
  class: ServiceClass;
  previousClass: ServiceClass;
  /** `topic`, `command`, `watched`: what raised it; `over`: nothing does any more; `rules`: other rules. */
  cause: string;
}

/** A limit met the device: what it did since it was last told, at most once a minute for each rule. */
export interface ThrottledEvent extends EventBase {
  type: 'throttled';
  /** Whose limit it is. */
  scope: string;
  /** What there was too much of. */
  reason: string;
  /** Path of the limit in the configuration. */
  rule: string;
  /** The limit as it was written; empty where there is nothing to say. */
  limit: string;
  /** The worst that was done. */
  action: 'pause' | 'refuse' | 'close';
  /** The limit only watches: nothing of it was done. */
  observed?: boolean;
  /** How often it struck, and how often of those it refused. */
  count: number;
  refused: number;
  /** How long reading, or sending, was stopped in all. */
  pausedMs: number;
  /** The longest pause that one message would have taken. */
  waitMs: number;
  /** What the device sent in a second, where a limit that only watches let it. */
  sent?: number;
}

/** An entry of an event stream. Readers pass over types they do not know: later versions may have more. */
export type DeviceEvent =
  ConnectedEvent | SupersededEvent | DisconnectedEvent | QualityEvent | ClassEvent | ThrottledEvent;
