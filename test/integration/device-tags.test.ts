import { expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { recordOf } from '../support/links.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({
  config: {
    devices: {
      rules: [
        { match: 'truck-*', class: 'critical', sleepy: true, tags: { kind: 'truck', region: 'eu' } },
        { match: '*', tags: { fleet: 'north' } },
      ],
    },
  },
});

/** What the first event and the record of a device say of it. */
async function toldOf(id: string): Promise<{ class: string; tags: unknown; sleepy: boolean }> {
  const [event] = await untilEvents(stage.redis.client, id, 1);
  const record = await recordOf(stage.redis.client, id);
  expect(event!.fields['class']).toBe(record['class']);
  expect(event!.fields['tags']).toBe(record['tags']);
  return {
    class: record['class']!,
    tags: JSON.parse(record['tags']!) as unknown,
    sleepy: record['sleepy'] === '1',
  };
}

test('rules give class, sleep and tags; a device of MQTT 3.1.1 gets them too', async () => {
  const id = freshId('truck');
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 4);
  await device.connect(id);
  expect(await toldOf(id)).toEqual({
    class: 'critical',
    tags: { kind: 'truck', region: 'eu', fleet: 'north' },
    sleepy: true,
  });
  await device.leave();
});

test('an MQTT 5 device names tags in CONNECT; those of a rule stay', async () => {
  const id = freshId('truck');
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  const userProperties = { 'tag.fw': ['1.1', '1.2'], 'tag.region': 'moon', 'other': 'x' };
  expect(await device.connect(id, { properties: { userProperties } })).toMatchObject({ reasonCode: 0 });
  expect((await toldOf(id)).tags).toEqual({ kind: 'truck', region: 'eu', fleet: 'north', fw: '1.2' });
  await device.leave();
});

test('a plain device names them in hello', async () => {
  const id = freshId('lamp');
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id, { tags: { site: 'Köln <b>' } });
  expect(await toldOf(id)).toEqual({
    class: 'standard',
    tags: { fleet: 'north', site: 'Köln <b>' },
    sleepy: false,
  });
  await device.leave();
});

test('what does not fit is left out and counted, and the device comes in', async () => {
  const before = await stage.gateway.metric('tributary_tags_left_out_total');
  const id = freshId('lamp');
  const good = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, 'x']));
  const tags = { 'Bad': 'x', 'long': 'y'.repeat(65), 'number': 1, 'nothing': null, '': 'x', ...good };
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id, { tags });
  const told = (await toldOf(id)).tags as Record<string, string>;
  expect(Object.keys(told)).toHaveLength(16);
  expect(told).toMatchObject({ fleet: 'north', t0: 'x', t14: 'x' });
  await until(
    'the count',
    async () => (await stage.gateway.metric('tributary_tags_left_out_total')) === before + 10,
  );
  await device.leave();
});

test('tags of no kind at all are a broken hello', async () => {
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  device.send({ type: 'hello', clientId: freshId('lamp'), tags: ['a'] });
  expect(await device.take('bye')).toMatchObject({ reason: 'protocol-error' });
});
