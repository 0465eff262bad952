import type { Socket } from 'node:net';
import type { CloseReason } from '@tributary/protocol';
import type { PeerCertificate } from './tls/peer-certificate.ts';

/** What a socket tells its connection. Each is called synchronously; none after `onClosed`. */
export interface TransportEvents {
  /** Bytes as they came, valid during the call only. */
  onBytes(chunk: Buffer): void;
  /** A WebSocket text frame. */
  onText(text: string): void;
  /** `unfinishedBytes` may have changed. */
  onUnfinished(): void;
  /** The socket is broken in a way that has a name; `onClosed` follows. */
  onFault(reason: CloseReason, message: string): void;
  /** A WebSocket pong came, with the token of its ping; NaN with anything else. */
  onPong(token: number): void;
  /** What was written is with the kernel, after it had not been for a while. */
  onDrained(): void;
  /** The socket is gone. */
  onClosed(): void;
}

/** A socket's byte pipe. */
export interface Transport {
  readonly kind: 'tcp' | 'ws';
  /** `address:port` of the device, as far as a trusted proxy tells it; IPv6 in brackets. */
  readonly remoteAddress: string;
  /** A trusted proxy stands between: the kernel's figures are of the way to it. */
  readonly isBehindProxy: boolean;
  /** Whether TLS reaches from the peer to this process. */
  readonly isEncrypted: boolean;
  /** The client certificate of the peer, verified; undefined when it showed none, or was not asked for one. */
  readonly certificate: PeerCertificate | undefined;
  /** Of the TCP socket at the bottom; -1 when there is none, or none any more. */
  readonly descriptor: number;
  /** Whether `ping` asks the peer anything. */
  readonly canPing: boolean;
  /** Bytes read of a frame that is not whole yet. */
  readonly unfinishedBytes: number;
  /** Bytes written and not yet taken by the kernel. */
  readonly pendingBytes: number;
  /** Whether `onDrained` will be told: the kernel has not taken everything. */
  readonly isBlocked: boolean;
  /** Bytes the kernel has taken since the beginning. */
  readonly takenBytes: number;
  /** The device is in: whoever counts those of its source is told. @param isVouchedFor an authenticator vouches for it */
  welcomed(isVouchedFor: boolean): void;
  /** Its session is over; the socket may linger. */
  parted(): void;
  /** Takes over the bytes: the caller leaves them alone. */
  write(bytes: Buffer): void;
  /** A WebSocket text frame; only plain devices. */
  writeText(text: string): void;
  /** Sends a WebSocket ping, which its peer answers by itself. */
  ping(token: number): void;
  /** Stops reading. What was read already may still be told. */
  pause(): void;
  resume(): void;
  /** Ends after what was written; a peer that does not take it within `lingerMs` is cut. */
  close(wsCode: number, reason: string): void;
  /** Ends at once. */
  destroy(): void;
}

/** How long a closing socket may take to drain, ms. */
export const lingerMs = 2000;

/** The descriptor of a socket, of TLS too: Node keeps it on the handle and shows it nowhere else. -1 after its end. */
export function descriptorOf(socket: Socket): number {
  return (socket as Socket & { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
}

/**
 * A paused socket is not read any more. Node would go on until 16 KiB are gathered, which at small packets are a hundred
 * reads: what a pause is to save. Costs nothing while it flows.
 */
export function stopAtOnce(socket: Socket): void {
  (socket as Socket & { _readableState: { highWaterMark: number } })._readableState.highWaterMark = 1;
}

export function formatAddress(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return 'unknown';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
