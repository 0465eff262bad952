import { changeSubscriptions, type Keys, type Store } from '@tributary/backplane';
import type { ChangeSubscriptions } from './mqtt-session.ts';

/** Writes what a session subscribes to into Redis, fenced by its epoch. */
export function subscriptionKeeper(store: Store, keys: Keys): ChangeSubscriptions {
  return async ({ clientId, epoch }, added, removed) => {
    const answer = await changeSubscriptions(store.redis, keys, clientId, epoch, added, removed);
    if (answer === 'done') return undefined;
    return answer === 'superseded' ? 'superseded' : 'node-lost';
  };
}
