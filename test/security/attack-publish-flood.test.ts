import { once } from 'node:events';
import { expect, test } from 'vitest';
import { bytesOf, connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';
import { intrude } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const stage = useStage({
  config: {
    rates: { deviceOf: { bulk: { messages: { rate: '50/s', burst: 100 } } }, refusals: { rate: '1/h', burst: 50 } },
    devices: { rules: [{ match: 'flood*', class: 'bulk' }] },
  },
}); // prettier-ignore

const dropped = (): Promise<number> =>
  stage.gateway.metric('tributary_messages_dropped_total', { reason: 'rate-exceeded' });

test('one device that publishes as fast as it can is held at its rate, and closed when it goes on', async () => {
  const [mild, rude] = [freshId('flood'), freshId('flood')];
  const before = await dropped();
  await besideDevices(stage, async () => {
    const port = stage.gateway.port('mqtt');
    const quiet = intrude(port, undefined, bytesOf(connectPacket(mild, 5)));
    const loud = intrude(port, undefined, bytesOf(connectPacket(rude, 5)));
    for (const socket of [quiet, loud]) socket.resume();
    const atQos = (qos: 0 | 1): Buffer =>
      Buffer.concat(Array.from({ length: 5000 }, (_, n) => bytesOf(publishPacket('t', 'flood', qos, n + 1))));
    quiet.write(atQos(0));
    loud.write(atQos(1));
    // At QoS 1 it is told each time, and goes on.
    await once(loud, 'close');
    await until('the other to be held at its rate', async () => (await dropped()) > before + 1000);
    quiet.resetAndDestroy();
  });
  const [, ending] = await untilEvents(stage.redis.client, rude, 2);
  expect(ending!.fields).toMatchObject({ reason: 'rate-exceeded', by: 'gateway' });
  const labels = { scope: 'device', reason: 'message-rate' };
  expect(await stage.gateway.metric('tributary_throttled_total', labels)).toBeGreaterThan(0);
  await nothingIsKept(stage);
});
