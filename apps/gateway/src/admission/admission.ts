import { randomBytes } from 'node:crypto';
import type { CloseReason } from '@tributary/protocol';

/** What a device says of itself when it asks to come in. */
export interface Introduction {
  /** Empty: it asks us for one. */
  readonly clientId: string;
  readonly user: string | undefined;
  /** Bytes of its own: they outlive the packet. */
  readonly password: Buffer | string | undefined;
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  /** Can the device be told another keep-alive than it asked for? 3.1.1 has no way to. */
  readonly canBeToldKeepAlive: boolean;
  /** May an empty client id be answered with an assigned one? */
  readonly mayAssignId: boolean;
}

export interface AdmissionLimits {
  readonly maxClientIdBytes: number;
  readonly maxKeepAliveSeconds: number;
  readonly keepAliveRequired: boolean;
}

/** The device may come in, as this. */
export interface Admitted {
  readonly clientId: string;
  readonly isAssigned: boolean;
  /** Nobody vouches for the id: its record is short-lived. */
  readonly isTransient: boolean;
  /** Seconds in force; 0 is none. */
  readonly keepAliveSeconds: number;
}

/** Pure: decides by the introduction and the limits alone. */
export function admit(
  intro: Introduction,
  limits: AdmissionLimits,
): Admitted | { readonly refusal: CloseReason } {
  let { clientId } = intro;
  const isAssigned = clientId === '';
  if (isAssigned) {
    if (!intro.mayAssignId) return { refusal: 'bad-client-id' }; // [MQTT-3.1.3-8]
    // Ours to make, so no limit on what devices choose applies to it.
    clientId = `auto-${randomBytes(12).toString('hex')}`;
  } else if (!isClientId(clientId, limits.maxClientIdBytes)) {
    return { refusal: 'bad-client-id' };
  }
  const keepAliveSeconds = keepAliveInForce(intro, limits);
  if (keepAliveSeconds === undefined) return { refusal: 'not-authorized' };
  return {
    clientId,
    isAssigned,
    isTransient: true, // until an authenticator vouches for it
    keepAliveSeconds,
  };
}

/** Whether it can be a client id: not too long, and nothing in it that breaks a line or is no character. */
export function isClientId(clientId: string, maxBytes: number): boolean {
  return Buffer.byteLength(clientId) <= maxBytes && !/[\p{Cc}\p{Cs}]/u.test(clientId);
}

/** Undefined: one is required, and this device can neither name nor be given one. */
function keepAliveInForce(intro: Introduction, limits: AdmissionLimits): number | undefined {
  const { keepAliveSeconds: asked, canBeToldKeepAlive } = intro;
  if (asked > 0) return canBeToldKeepAlive ? Math.min(asked, limits.maxKeepAliveSeconds) : asked;
  if (!limits.keepAliveRequired) return 0;
  return canBeToldKeepAlive ? limits.maxKeepAliveSeconds : undefined;
}
