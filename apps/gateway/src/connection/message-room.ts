import type { Transport } from '../transports/transport.ts';

/**
 * Room for messages before one socket: half of what may wait for it, so that answers always find room, and one message of
 * any size when nothing waits. Made with the first message: most devices only send.
 */
export class MessageRoom {
  /** Somebody was refused, and is to be told when there is room again. */
  isAwaited = false;
  readonly #transport: Transport;
  readonly #maxBytes: number;
  /** Monotonic ms at which a message first found none; undefined since the socket drained. */
  #fullSinceMs: number | undefined;
  #takenWhenFull = 0;

  constructor(transport: Transport, maxOutboxBytes: number) {
    this.#transport = transport;
    this.#maxBytes = maxOutboxBytes / 2;
  }

  /** `gatheredBytes`: said and not yet handed to the transport. */
  fits(bytes: number, gatheredBytes: number): boolean {
    // What the kernel is about to take does not count: nothing would tell when it has.
    const waiting = gatheredBytes + (this.#transport.isBlocked ? this.#transport.pendingBytes : 0);
    return waiting === 0 || waiting + bytes <= this.#maxBytes;
  }

  /** A message found none and is dropped. @returns for how long the device has taken nothing, ms */
  refused(nowMs: number): number {
    const { takenBytes } = this.#transport;
    if (this.#fullSinceMs === undefined || takenBytes !== this.#takenWhenFull) {
      this.#fullSinceMs = nowMs;
      this.#takenWhenFull = takenBytes;
    }
    return nowMs - this.#fullSinceMs;
  }

  /** What had piled up is written. */
  drained(): void {
    this.isAwaited = false;
    this.#fullSinceMs = undefined;
  }
}
