import { createHash, hkdfSync, randomBytes, type X509Certificate } from 'node:crypto';
import type { ClientCertificate } from './tls-settings.ts';

/** Bytes Node takes: 16 of a name, 16 of an HMAC key, 16 of an AES key. */
const keyBytes = 48;
const label = 'tributary session tickets v1';

/** What a ticket is good for: with anything of it, the key is another. */
export interface TicketFacts {
  /** What the nodes of a cluster share; undefined: keys are of this node. */
  readonly secret: Buffer | undefined;
  readonly listener: string;
  /** Whether clients are asked: a ticket of who was not asked would show nothing for as long as it lasts. */
  readonly asks: ClientCertificate;
  /** With which clients are verified; a ticket says that they were. */
  readonly authorities: readonly X509Certificate[];
  /** Which revocation lists are in force: a ticket does not show the authorities between, which they may name by now. */
  readonly lists: string;
}

export interface ListenerTicketsParts {
  /** How long keys, and so tickets, last; at most a week. */
  readonly lifetimeMs: number;
  /** Unix ms. */
  readonly now: () => number;
  readonly facts: () => TicketFacts;
  readonly onRenewed: (keys: Buffer) => void;
}

/**
 * The keys under which a listener gives out session tickets (RFC 8446 section 4.6.1): handed to every context it has in turn, so
 * that a renewed certificate costs no returning client a full handshake. Nodes with the same secret have the same keys at the
 * same time, without a word between them; without one the keys are random. Their time over, they are others.
 */
export class ListenerTickets {
  readonly #parts: ListenerTicketsParts;
  #current: Buffer;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ListenerTicketsParts) {
    this.#parts = parts;
    this.#current = this.#make();
  }

  get current(): Buffer {
    return this.#current;
  }

  /** Idempotent. Holds no process open. */
  start(): void {
    if (this.#timer === undefined) this.#plan();
  }

  /** Idempotent. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** From now on no ticket of before is taken, as far as it is good for anything else than what holds now. */
  renew(): void {
    // Keys that are shared end at other times than those that are not.
    if (this.#timer !== undefined) this.#plan();
    const next = this.#make();
    if (next.equals(this.#current)) return;
    this.#current = next;
    this.#parts.onRenewed(next);
  }

  /** Something of the facts may have changed, and nothing that a key of this node would have to be dropped for. */
  follow(): void {
    if (this.#parts.facts().secret !== undefined) this.renew();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.renew(), this.#leftMs()).unref();
  }

  #make(): Buffer {
    const { secret, listener, asks, authorities, lists } = this.#parts.facts();
    if (secret === undefined) return randomBytes(keyBytes);
    const { now, lifetimeMs } = this.#parts;
    const slot = Math.floor(now() / lifetimeMs);
    const prints = authorities.map(({ fingerprint256 }) => fingerprint256).toSorted();
    const facts = JSON.stringify([label, listener, asks, lifetimeMs, slot, prints, lists]);
    // HKDF takes no more than 1 KiB of it.
    const info = createHash('sha256').update(facts).digest();
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, keyBytes));
  }

  /** Keys that are shared change at the same time on every node. */
  #leftMs(): number {
    const { now, lifetimeMs, facts } = this.#parts;
    return facts().secret === undefined ? lifetimeMs : lifetimeMs - (now() % lifetimeMs);
  }
}

/** Two listeners do not take each other's tickets, and two nodes do: Node would go by the command line. */
export const sessionContextOf = (listener: string): string =>
  createHash('sha256').update(`${label} ${listener}`).digest('hex').slice(0, 32);
