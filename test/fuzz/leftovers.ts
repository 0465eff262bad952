import type { Redis } from 'ioredis';
import type { Gateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { Failure } from './failure.ts';

/** Gauges that say how things are, not what is held. */
const states =
  /^tributary_(store_up|event_loop_delay_seconds|overload_step|overload_(severe_)?signal|connect_limit)$/;

/** Every gauge of the node that counts what it holds: name → sum over its labels. */
async function gaugesOf(gateway: Gateway): Promise<Map<string, number>> {
  const text = await (await gateway.ops('/metrics')).text();
  const names = [...text.matchAll(/^# TYPE (tributary_\w+) gauge$/gm)].map(([, name = '']) => name);
  const sums = new Map(names.filter((name) => !states.test(name)).map((name) => [name, 0]));
  for (const [, name = '', value] of text.matchAll(/^(tributary_\w+)(?:\{.*\})? (\S+)$/gm)) {
    const sum = sums.get(name);
    if (sum !== undefined) sums.set(name, sum + Number(value));
  }
  return sums;
}

/** The same, once it stands still. */
export async function gaugesAtRest(gateway: Gateway): Promise<Map<string, number>> {
  let before = '';
  return until('gauges that stand still', async () => {
    const now = await gaugesOf(gateway);
    const text = JSON.stringify([...now]);
    const isAtRest = text === before;
    before = text;
    return isAtRest && now;
  });
}

/** Waits until every gauge is again what it was. @throws Failure `gauge` naming those that are not */
export async function gaugesReturn(
  gateway: Gateway,
  before: ReadonlyMap<string, number>,
  deadlineMs: number,
): Promise<void> {
  let others: string[] = [];
  const look = async (): Promise<boolean> => {
    const now = await gaugesOf(gateway);
    others = [...now].flatMap(([name, value]) =>
      value === (before.get(name) ?? 0) ? [] : [`${name} is ${value}, was ${before.get(name) ?? 0}`],
    );
    return others.length === 0;
  };
  await until('the gauges', look, { everyMs: 50, deadlineMs }).catch((error: unknown) => {
    throw others.length === 0 ? error : new Failure('gauge', others.join(', '));
  });
}

/** Topics of all retained messages. */
export async function retainedTopics(redis: Redis, partitions: number): Promise<Buffer[]> {
  const hashes = await Promise.all(
    Array.from({ length: partitions }, (_, p) => redis.hkeysBuffer(`tributary:{p${p}}:retained`)),
  );
  return hashes.flat().filter((topic) => topic.length > 0);
}

/** Keys of a session; the steady devices' own may stand. */
const sessionKey = /^tributary:\{p\d+\}:(?:session|queue):(?!steady-)/;

/** Waits until Redis holds no session and no route of a device that left. @throws Failure `leftover` */
export async function sessionsExpire(redis: Redis, partitions: number, deadlineMs: number): Promise<void> {
  let stays: string[] = [];
  const look = async (): Promise<boolean> => {
    const keys = await redis.keys('tributary:{p*}:*');
    const routes = await Promise.all(
      Array.from({ length: partitions }, (_, p) => redis.hkeys(`tributary:{p${p}}:routes`)),
    );
    const left = routes.flat().filter((route) => route !== '' && !route.startsWith('steady-'));
    stays = [...keys.filter((key) => sessionKey.test(key)), ...left.map((route) => JSON.stringify(route))];
    return stays.length === 0;
  };
  await until('the sessions', look, { everyMs: 100, deadlineMs }).catch((error: unknown) => {
    throw stays.length === 0 ? error : new Failure('leftover', `${stays.slice(0, 5).join(', ')} in Redis`);
  });
}
