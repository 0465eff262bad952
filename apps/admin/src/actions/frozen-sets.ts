import { createHash, randomBytes } from 'node:crypto';
import type { DryRun } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';

/** How long a frozen set can be used, ms. */
const keptMs = 10 * 60_000;
/** The most sets that are kept; of more the oldest go. */
const maxSets = 20;
const sampleSize = 10;
/** Above so many devices it takes an admin, and the number must be typed. */
export const manyDevices = 100;

/** A device as a bulk action sees it. */
export interface Candidate {
  readonly id: string;
  readonly class: string;
  readonly node: string;
}

/** What a dry run found: exactly these devices, whatever happens to the fleet meanwhile. */
export interface FrozenSet {
  readonly dryRun: DryRun;
  readonly filter: string;
  readonly by: string;
  readonly ids: readonly string[];
}

/** Sets of devices that operators have looked at and may act upon, each once. */
export class FrozenSets {
  readonly #clock: Clock;
  readonly #sets = new Map<string, FrozenSet>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  freeze(filter: string, by: string, devices: readonly Candidate[]): DryRun {
    const ids = devices.map(({ id }) => id).toSorted();
    const dryRun: DryRun = {
      set: `set-${randomBytes(9).toString('hex')}`,
      hash: hashOf(ids),
      count: ids.length,
      byClass: countBy(devices, (device) => device.class),
      byNode: countBy(devices, (device) => device.node),
      sample: spread(ids, sampleSize),
      needs: ids.length > manyDevices ? 'admin' : 'operator',
      expiresAt: this.#clock.now() + keptMs,
    };
    this.#sets.set(dryRun.set, { dryRun, filter, by, ids });
    this.#forget();
    return dryRun;
  }

  /** The set, if it is there, belongs to that operator and is not too old. */
  find(set: string, by: string): FrozenSet | undefined {
    const found = this.#sets.get(set);
    return found?.by === by && found.dryRun.expiresAt > this.#clock.now() ? found : undefined;
  }

  /** It is about to be acted upon: from here on nobody finds it. */
  take({ dryRun }: FrozenSet): void {
    this.#sets.delete(dryRun.set);
  }

  /** It was not acted upon after all. */
  giveBack(frozen: FrozenSet): void {
    this.#sets.set(frozen.dryRun.set, frozen);
  }

  #forget(): void {
    const now = this.#clock.now();
    for (const [set, { dryRun }] of this.#sets) {
      if (this.#sets.size > maxSets || dryRun.expiresAt <= now) this.#sets.delete(set);
    }
  }
}

function hashOf(sorted: readonly string[]): string {
  const hash = createHash('sha256');
  for (const id of sorted) hash.update(id).update('\n');
  return hash.digest('hex');
}

function countBy(
  devices: readonly Candidate[],
  nameOf: (device: Candidate) => string,
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const device of devices) counts.set(nameOf(device), (counts.get(nameOf(device)) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Up to `count` of them, evenly from the first to the last. */
function spread(ids: readonly string[], count: number): string[] {
  if (ids.length <= count) return [...ids];
  return Array.from({ length: count }, (_, i) => ids[Math.floor((i * (ids.length - 1)) / (count - 1))]!);
}
