import { randomBytes } from 'node:crypto';

/** Bytes Node takes: 16 of a name, 16 of an HMAC key, 16 of an AES key. */
const keyBytes = 48;

/**
 * The keys under which a server gives out session tickets (RFC 8446 section 4.6.1): handed to every context it has in turn, so
 * that a renewed certificate costs no returning peer a full handshake, and made anew when their time is over.
 */
export class TicketKeys {
  readonly #lifetimeMs: number;
  readonly #onRenewed: (keys: Buffer) => void;
  #current = randomBytes(keyBytes);
  #timer: NodeJS.Timeout | undefined;

  /** @param lifetimeMs how long keys, and so tickets, last; at most a week */
  constructor(lifetimeMs: number, onRenewed: (keys: Buffer) => void) {
    this.#lifetimeMs = lifetimeMs;
    this.#onRenewed = onRenewed;
  }

  get current(): Buffer {
    return this.#current;
  }

  /** Idempotent. Holds no process open. */
  start(): void {
    this.#timer ??= setInterval(() => this.renew(), this.#lifetimeMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** From now on no ticket of before is taken. */
  renew(): void {
    this.#current = randomBytes(keyBytes);
    this.#onRenewed(this.#current);
  }
}
