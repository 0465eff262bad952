import { changeSubscriptions, type Keys, type Store } from '@tributary/backplane';
import type { ChangeSubscriptions } from './mqtt-session.ts';

/** Writes what a session subscribes to into Redis, fenced by its epoch. */
export function subscriptionKeeper(store: Store, keys: Keys): ChangeSubscriptions {
  return async ({ clientId, epoch }, added, removed) => {
    const { status } = await changeSubscriptions(store.redis, keys, {
      ...{ clientId, epoch, added, removed },
      isPersistent: false,
    });
    if (status === 'done') return undefined;
    return status === 'superseded' ? 'superseded' : 'node-lost';
  };
}
