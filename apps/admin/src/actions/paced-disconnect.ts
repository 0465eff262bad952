import { readOwners, type Keys, type Owner } from '@tributary/backplane';
import type { RunningOperation } from './operation.ts';
import { orderDisconnects } from './disconnect-orders.ts';
import type { ActionParts } from './parts.ts';

/** How often it sends, ms. */
const tickMs = 100;
/** How long it waits for Redis before it gives up, ms. */
const patienceMs = 60_000;

/**
 * Disconnects many devices, so many a second, until all were asked, somebody stops it or Redis stays away. After a pause
 * it goes on at its pace: what was not sent meanwhile is not made up for.
 */
export class PacedDisconnect {
  readonly #operation: RunningOperation;
  readonly #ids: readonly string[];
  readonly #perSecond: number;
  readonly #keys: Keys;
  readonly #parts: ActionParts;
  #sent = 0;
  /** Devices that may be asked now. */
  #allowance = 1;
  /** Monotonic ms since when Redis has not been there. */
  #awaySince: number | undefined;

  constructor(
    operation: RunningOperation,
    ids: readonly string[],
    perSecond: number,
    keys: Keys,
    parts: ActionParts,
  ) {
    this.#operation = operation;
    this.#ids = ids;
    this.#perSecond = perSecond;
    this.#keys = keys;
    this.#parts = parts;
  }

  /** @param isOver asked before each step: the server stops */
  async run(isOver: () => boolean): Promise<void> {
    const { clock } = this.#parts;
    let at = clock.monotonic();
    while (this.#sent < this.#ids.length && this.#operation.state !== 'stopped' && !isOver()) {
      await this.#step();
      if (this.#awaySince !== undefined && clock.monotonic() - this.#awaySince > patienceMs)
        return this.#operation.stop(clock.now());
      await pause(tickMs);
      const earned = ((clock.monotonic() - at) * this.#perSecond) / 1000;
      at = clock.monotonic();
      this.#allowance = Math.min(Math.max(1, this.#perSecond), this.#allowance + earned);
    }
  }

  /** Asks the next few. Whom nobody could be asked about is tried again. */
  async #step(): Promise<void> {
    const count = Math.floor(this.#allowance);
    const devices = this.#ids.slice(this.#sent, this.#sent + count);
    if (devices.length === 0) return;
    const owners = await this.#owners(devices);
    if (owners === undefined || this.#operation.state === 'stopped') return;
    this.#sent += devices.length;
    this.#allowance -= devices.length;
    const { logger } = this.#parts;
    await orderDisconnects(this.#operation, devices, owners, this.#keys, this.#parts).catch(
      (error: unknown) =>
        logger.warn({ err: error, operation: this.#operation.facts.id }, 'orders to disconnect may be lost'),
    );
  }

  async #owners(devices: readonly string[]): Promise<(Owner | undefined)[] | undefined> {
    const { store, clock } = this.#parts;
    try {
      if (!store.isUp) throw new Error(store.why);
      const owners = await readOwners(store.redis, this.#keys, devices);
      this.#awaySince = undefined;
      return owners;
    } catch {
      this.#awaySince ??= clock.monotonic();
      return undefined;
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
