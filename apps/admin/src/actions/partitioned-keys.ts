import { Keys, type Store } from '@tributary/backplane';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';

/**
 * The keys of a namespace, once its partitions are known: the first gateway fixes them for ever.
 * @returns a function that throws HttpProblem 409 `no-gateway-yet` before that
 */
export function partitionedKeys(store: Store, namespace: string): () => Promise<Keys> {
  let keys: Keys | undefined;
  return async () => {
    keys ??= await read(store, namespace);
    return keys;
  };
}

async function read(store: Store, namespace: string): Promise<Keys> {
  const { meta } = new Keys(namespace, 1);
  const partitions = Number(await ask(store, (redis) => redis.hget(meta, 'partitions')));
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new HttpProblem(409, 'no-gateway-yet', 'no gateway has ever used this namespace');
  return new Keys(namespace, partitions);
}
