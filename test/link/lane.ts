import type { Chance } from '../support/chance.ts';
import { clearLink, type LinkProfile } from './link.ts';

/** Packets one direction may hold; the next one is dropped, as a full router does. */
const maxHeldPackets = 4096;

interface Held {
  packet: Uint8Array;
  dueMs: number;
}

/**
 * One direction of a bad link. Packets keep their order, as in a queue of a real network: jitter delays those behind,
 * it does not overtake, so what the kernel counts as loss is loss.
 */
export class Lane {
  profile: LinkProfile = clearLink;
  /** Packets given to it, and those of them that were lost. */
  readonly figures = { offered: 0, lost: 0 };
  readonly #chance: Chance;
  readonly #deliver: (packet: Uint8Array) => void;
  readonly #now: () => number;
  readonly #held: Held[] = [];
  #lastDueMs = 0;

  constructor(chance: Chance, deliver: (packet: Uint8Array) => void, now: () => number) {
    this.#chance = chance;
    this.#deliver = deliver;
    this.#now = now;
  }

  /** Takes a packet: it is lost, or delivered when its time has come. */
  offer(packet: Uint8Array): void {
    this.figures.offered += 1;
    const waitMs = this.#waitMs(); // drawn for lost packets too: the loss ratio changes no delay of a seed
    if (this.#chance.next() < this.profile.lossRatio || this.#held.length >= maxHeldPackets) {
      this.figures.lost += 1;
      return;
    }
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#now() + waitMs);
    if (this.#held.push({ packet, dueMs: this.#lastDueMs }) === 1) this.#wait();
  }

  #waitMs(): number {
    const { delayMs, jitterMs } = this.profile;
    return Math.max(0, delayMs / 2 + (jitterMs / 2) * (2 * this.#chance.next() - 1));
  }

  #wait(): void {
    const [first] = this.#held;
    if (first === undefined) return;
    const waitMs = first.dueMs - this.#now();
    if (waitMs <= 0) this.#deliverDue();
    else setTimeout(() => this.#deliverDue(), waitMs);
  }

  #deliverDue(): void {
    while (this.#held[0] !== undefined && this.#held[0].dueMs <= this.#now()) {
      this.#deliver(this.#held.shift()!.packet);
    }
    this.#wait();
  }
}
