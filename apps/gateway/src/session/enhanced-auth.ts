import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../admission/identity.ts';

/**
 * A way for a device to show who it is by an exchange of AUTH packets (MQTT 5 section 4.12), SCRAM for example. One object
 * serves all devices of a node.
 */
export interface AuthenticationMethod {
  /** As devices name it in CONNECT. */
  readonly name: string;
  /** A device wants to show that it is `clientId`, in CONNECT or, `isAgain`, later. */
  begin(clientId: string, isAgain: boolean): Exchange;
}

/** One run of a method with one device. It is dropped without a word when the device goes away meanwhile. */
export interface Exchange {
  /**
   * Judges the device's Authentication Data, ours to keep, undefined where it sent none: first what came with CONNECT or
   * with the AUTH that began anew, then one answer for each `continue`. Throwing or rejecting is a fault of ours and ends
   * the connection with `internal-error`.
   */
  next(data: Buffer | undefined): ExchangeAnswer | Promise<ExchangeAnswer>;
}

/**
 * What becomes of the exchange. `data` is for the device, 65,535 bytes at the most. With an `identity` nobody else is asked who
 * the device is; without one the authenticators still are.
 */
export type ExchangeAnswer =
  | { readonly kind: 'continue'; readonly data?: Buffer }
  | { readonly kind: 'success'; readonly data?: Buffer; readonly identity?: Identity }
  | { readonly kind: 'refused'; readonly reason: CloseReason };
