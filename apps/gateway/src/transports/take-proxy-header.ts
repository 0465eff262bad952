import type { Socket } from 'node:net';
import { type CloseReason, ProtocolError } from '@tributary/protocol';
import { type ProxySource, readProxyHeader, type ProxyVersions } from './proxy-protocol.ts';

/** What becomes of a socket that owes a header; exactly one is told, once. */
export interface HeaderEvents {
  /** It is here and taken off; everything behind it is still to be read. Undefined: the proxy speaks for itself. */
  onHeader(source: ProxySource | undefined): void;
  onFault(reason: CloseReason, detail: string): void;
  /** It went away without a byte, as health checks do. */
  onGone(): void;
}

/**
 * Reads the PROXY header off a fresh socket that nobody else reads yet. However it is split, not one byte behind it is
 * lost: what came with it is put back.
 * @param timeoutMs for the whole header, so that one that trickles gains nothing
 */
export function takeProxyHeader(
  socket: Socket,
  { versions, timeoutMs }: { readonly versions: ProxyVersions; readonly timeoutMs: number },
  events: HeaderEvents,
): void {
  let held: Buffer = Buffer.alloc(0);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off('readable', read).off('end', onEnd).off('close', onEnd).off('error', onEnd);
  };
  const fail = (reason: CloseReason, detail: string): void => {
    leave();
    events.onFault(reason, detail);
  };
  const onEnd = (): void => {
    leave();
    // Whatever it still has to say, nobody hears it.
    socket.on('error', () => {});
    if (held.length > 0) events.onFault('bad-proxy-header', 'the connection ended within it');
    else events.onGone();
  };
  const read = (): void => {
    try {
      for (let chunk = next(socket); chunk !== null; chunk = next(socket)) {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const header = readProxyHeader(held, versions);
        if (header === undefined) continue;
        leave();
        if (header.used < held.length) socket.unshift(held.subarray(header.used));
        return events.onHeader(header.source);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      fail(error.code, error.message);
    }
  };
  const timer = setTimeout(() => fail('handshake-timeout', 'no complete PROXY header in time'), timeoutMs);
  socket.on('readable', read).on('end', onEnd).on('close', onEnd).on('error', onEnd);
}

const next = (socket: Socket): Buffer | null => socket.read() as Buffer | null;
