/** Whose limit it is. */
export const throttleScopes = ['address', 'prefix', 'listener', 'node', 'device', 'user', 'class'] as const;
export type ThrottleScope = (typeof throttleScopes)[number];

/** What there was too much of. */
export const throttleReasons = [
  'connection-rate',
  'connections',
  'unauthenticated',
  'tls-handshakes',
  'message-rate',
  'byte-rate',
  'subscriptions',
  'replay-rate',
  'flapping',
  'failed-authentications',
  'overload',
] as const;
export type ThrottleReason = (typeof throttleReasons)[number];

/** `pause`: reading stopped for a while; `refuse`: one message or connection was turned away; `close`: the connection ended. */
export type ThrottleAction = 'pause' | 'refuse' | 'close';

/** A limit was met: told to counters, to the device's timeline and to the audit. */
export interface ThrottleNote {
  readonly scope: ThrottleScope;
  readonly reason: ThrottleReason;
  /** Path of the limit in the configuration, such as `rates.device.messages`. */
  readonly rule: string;
  /** What the limit did, or in `mode: observe` would have done. */
  readonly action: ThrottleAction;
  /** The limit only watches. */
  readonly isObserved: boolean;
}

/** Whom a limit met, as far as it is known. */
export interface ThrottleSubject {
  /** `address:port`, or without the port. */
  readonly address?: string | undefined;
  readonly clientId?: string | undefined;
  readonly user?: string | undefined;
  /** Of its connection, where it has one. */
  readonly epoch?: number | undefined;
}
