import { expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ redis: { aof: true } });
const slow = { deadlineMs: 45_000, everyMs: 200 };

test('roll-ups that Redis missed are counted and lost; what is told afterwards is told as it is then', async () => {
  const id = freshId();
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  const history = keys.rollUps('15s');
  await until('a slot', async () => (await stage.redis.client.xlen(history)) > 0, slow);
  await stage.redis.kill();
  await until(
    'a slot to be lost',
    async () => (await stage.gateway.metric('tributary_history_lost_total')) >= 1,
    slow,
  );
  await stage.redis.start();
  const before = await stage.redis.client.xlen(history);
  await until('a slot after that', async () => (await stage.redis.client.xlen(history)) > before, slow);
  expect(await stage.redis.client.xlen(history)).toBe(before + 1);
  await device.leave();
  // Three slots of fifteen seconds have to pass.
}, 180_000);
