import { expect, test } from 'vitest';
import { useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ config: { partitions: 4096 } });

test('an idle node asks Redis a few hundred things a second at most, also with 4096 partitions', async () => {
  const { redis, gateway } = stage;
  const beat = async (): Promise<number> =>
    Number(await redis.client.hget(keys.nodeRecord(gateway.node), 'beat'));
  const commands = async (): Promise<number> =>
    Number(/total_commands_processed:(\d+)/.exec(await redis.client.info('stats'))?.[1]);
  const reached = (count: number): Promise<true> =>
    until(`beat ${count}`, async () => (await beat()) >= count, { everyMs: 100 });
  const first = (await beat()) + 1;
  await reached(first);
  const before = await commands();
  await reached(first + 3);
  expect(((await commands()) - before) / 3).toBeLessThan(600);
});
