import type { PeerCertificate } from '../transports/tls/peer-certificate.ts';
import type { Transport, TransportEvents } from '../transports/transport.ts';

/** A socket without a network: the test is its other end. */
export class MemoryTransport implements Transport {
  readonly kind = 'tcp';
  readonly descriptor = -1;
  readonly canPing = false;
  readonly unfinishedBytes = 0;
  readonly remoteAddress = '192.0.2.1:40000';
  readonly isBehindProxy = false;
  isEncrypted = false;
  certificate: PeerCertificate | undefined;
  readonly pendingBytes = 0;
  readonly isBlocked = false;
  readonly takenBytes = 0;
  isPaused = false;
  /** The server has ended it. */
  isClosed = false;
  #events: TransportEvents | undefined;
  /** Sent by the device while nobody reads. */
  #unread: Buffer[] = [];
  #written: Buffer[] = [];

  welcomed(): void {}
  parted(): void {}

  attach(events: TransportEvents): void {
    this.#events = events;
  }

  /** The device sends. */
  arrive(bytes: Buffer): void {
    if (this.isPaused) this.#unread.push(bytes);
    else if (!this.isClosed) this.#events!.onBytes(bytes);
  }

  /** The device is gone. */
  lose(): void {
    this.#events!.onClosed();
  }

  /** What the server wrote since the last time. */
  written(): Buffer {
    return Buffer.concat(this.#written.splice(0));
  }

  write(bytes: Buffer): void {
    this.#written.push(bytes);
  }
  writeText(): void {
    throw new Error('no text frames here');
  }
  ping(): void {}
  pause(): void {
    this.isPaused = true;
  }
  /** What waited is told in a later turn, as a socket does. */
  resume(): void {
    this.isPaused = false;
    setImmediate(() => {
      while (!this.isPaused && this.#unread.length > 0) this.arrive(this.#unread.shift()!);
    });
  }
  close(): void {
    this.isClosed = true;
  }
  destroy(): void {
    this.isClosed = true;
  }
}
