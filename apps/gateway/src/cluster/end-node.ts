import { forgetNode, type Keys, reapNode, type Reaped, type Store } from '@tributary/backplane';

export interface EndNodeOptions {
  readonly store: Store;
  readonly keys: Keys;
  /** Unix ms. */
  readonly now: () => number;
  /** Seconds a device record outlives its device. */
  readonly recordSeconds: number;
  readonly uplinkMaxLength: number;
  /** Wills of what it held were fired: their fan-out is due. */
  readonly onFiredWills: (fired: Reaped['firedWills']) => void;
}

/** Ends what a node that was declared dead still holds, and forgets it. @returns how many devices it held */
export async function endNode(options: EndNodeOptions, node: string): Promise<number> {
  const { store, keys, now, recordSeconds, uplinkMaxLength, onFiredWills } = options;
  const { redis } = store;
  const { ended, firedWills } = await reapNode(redis, keys, node, now(), recordSeconds, uplinkMaxLength);
  onFiredWills(firedWills);
  await forgetNode(redis, keys, node);
  return ended;
}
