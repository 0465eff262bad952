import type { Keys } from '@tributary/backplane';
import type { Mark } from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';

/** Entries of the audit looked through for one chart. */
const maxEntries = 1000;

/** What operators did that shows in the figures of the fleet. Who it was is told by the audit. */
const texts = new Map([
  ['device.disconnect-many', 'An operator disconnected many devices'],
  ['ban.put', 'An operator set a ban'],
  ['ban.remove', 'An operator lifted a ban'],
]);

/** Marks of operators' actions between two times, Unix ms, from the audit; refused ones are none. */
export async function actionMarks(redis: Redis, keys: Keys, from: number, to: number): Promise<Mark[]> {
  const entries = await redis.xrevrange(keys.audit, `(${to}`, `${from}`, 'COUNT', maxEntries);
  return entries.flatMap(([id, flat]) => {
    const field = (name: string): string | undefined => {
      const at = flat.findIndex((part, i) => i % 2 === 0 && part === name);
      return at < 0 ? undefined : flat[at + 1];
    };
    const text = texts.get(field('action') ?? '');
    const isDone = field('result') === 'done' || field('result') === 'accepted';
    return text !== undefined && isDone
      ? [{ at: Number.parseInt(id, 10), kind: 'action', text } as const]
      : [];
  });
}
