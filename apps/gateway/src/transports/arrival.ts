import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { formatAddress } from './transport.ts';

/** A connection that was let in, for whoever counts those of its source. Each is told once at the most. */
export interface Visit {
  /** TLS stands. */
  secured(): void;
  /** The device is in. @param isVouchedFor an authenticator vouches for it */
  welcomed(isVouchedFor: boolean): void;
  /** Its session is over, though the socket may linger. */
  parted(): void;
  /** Its socket is gone. */
  left(): void;
}

/** Where a connection comes from. */
export interface Arrival {
  /** `address:port` of the device, as far as a trusted proxy tells it; IPv6 in brackets. */
  readonly remoteAddress: string;
  /** A trusted proxy stands between. */
  readonly isBehindProxy: boolean;
  /** Undefined until somebody was asked: a request through a trusted proxy says later who it is of. */
  readonly visit: Visit | undefined;
}

const arrivals = new WeakMap<Socket, Arrival>();

/** Remembers where a socket comes from, for all that is built on it. */
export function setArrival(socket: Socket, arrival: Arrival): void {
  arrivals.set(socket, arrival);
}

/**
 * Where a socket comes from, or the one below it when it is of TLS. Node keeps that in a field it does not document, and tells
 * it in no other way: `secureConnection` comes without the socket below, addresses are gone from a socket that has failed, and a
 * `TLSSocket` made by ourselves would have no verdict on the client's certificate. Were the field gone, a test of the gate fails.
 */
export function arrivalOf(socket: Socket): Arrival {
  const below = (socket as TLSSocket & { _parent?: Socket | null })._parent;
  return arrivals.get(below ?? socket) ?? directly(socket);
}

function directly(socket: Socket): Arrival {
  const remoteAddress = formatAddress(socket.remoteAddress, socket.remotePort);
  return { remoteAddress, isBehindProxy: false, visit: undefined };
}
