import { readTimeline } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { recordOf } from '../support/links.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { classEventsOf, type EventEntry, keys, untilEvents, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({
  config: {
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', port: 0 },
      { name: 'meters', protocol: 'mqtt', port: 0, class: 'bulk' },
      { name: 'ws', protocol: 'ws', port: 0 },
    ],
    devices: { rules: [{ match: 'truck-*', class: 'bulk' }] },
    classes: {
      rules: [{ clientId: 'truck-red-*', class: 'critical' }],
      topics: [{ filter: 'devices/+/alarm', class: 'critical' }],
      commands: 'standard',
      holdMs: 2500,
    },
  },
});

async function connect(id: string, listener = 'mqtt'): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(stage.gateway.port(listener));
  expect((await device.connect(id)).reasonCode).toBe(0);
  return device;
}

const classEvents = (id: string, count: number): Promise<EventEntry['fields'][]> =>
  until(`${count} changes of class`, async () => {
    const events = await classEventsOf(stage.redis.client, id);
    return events.length >= count ? events.map(({ fields }) => fields) : undefined;
  });

const recordSays = (id: string, expected: string): Promise<true> =>
  until(
    `the record to say ${expected}`,
    async () => (await recordOf(stage.redis.client, id))['class'] === expected,
  );

test('the class is by the rules, then by those of devices, then by the listener', async () => {
  const asked = [
    ['truck-red', 'meters', 'critical'],
    ['truck', 'mqtt', 'bulk'],
    ['lamp', 'meters', 'bulk'],
    ['lamp', 'mqtt', 'standard'],
  ] as const;
  for (const [name, listener, expected] of asked) {
    const id = freshId(name);
    const device = await connect(id, listener);
    expect((await untilEvents(stage.redis.client, id, 1))[0]!.fields['class']).toBe(expected);
    expect((await recordOf(stage.redis.client, id))['class']).toBe(expected);
    await device.leave();
  }
});

test('an alarm raises its device, and the end of the hold lowers it: entries, events, record, timeline and metrics say so', async () => {
  const { redis, gateway } = stage;
  const id = freshId('lamp');
  const device = await connect(id, 'meters');
  device.send(publishPacket('devices/1/data', '1', 1, 1));
  device.send(publishPacket('devices/1/alarm', '2', 1, 2));
  device.send(publishPacket('devices/1/data', '3', 2, 3));
  await device.take('pubrec');
  expect((await uplinkOf(redis.client, id)).map(({ fields }) => fields['class'])).toEqual([
    'bulk',
    'critical',
    'critical',
  ]);
  expect(await gateway.metric('tributary_class_devices', { class: 'critical' })).toBe(1);
  const [raised] = await classEvents(id, 1);
  expect(raised).toMatchObject({ class: 'critical', previousClass: 'bulk', cause: 'topic' });
  await recordSays(id, 'critical');
  const [, lowered] = await classEvents(id, 2);
  expect(lowered).toMatchObject({ class: 'bulk', previousClass: 'critical', cause: 'over' });
  await recordSays(id, 'bulk');
  const told = await until('two lines', async () => {
    const lines = (await readTimeline(redis.client, keys, id, 10)).map(({ fields }) => fields);
    const changes = lines.filter((fields) => fields.get('kind') === 'class');
    return changes.length >= 2 && changes.map((fields) => fields.get('class'));
  });
  expect(told).toEqual(['bulk', 'critical']);
  device.send(publishPacket('devices/1/data', '4', 1, 4));
  await device.take('puback', ({ messageId }) => messageId === 4);
  expect((await uplinkOf(redis.client, id)).at(-1)!.fields['class']).toBe('bulk');
  expect(await gateway.metric('tributary_class_devices', { class: 'critical' })).toBe(0);
  await device.leave();
});

test('a device that has a message above QoS 0 to answer is raised until it has answered', async () => {
  const id = freshId('lamp');
  const device = await connect(id, 'meters');
  device.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: `orders/${id}`, qos: 1 }],
  });
  await device.take('suback');
  const backend = await connect(freshId('backend'));
  backend.send(publishPacket(`orders/${id}`, 'go', 1, 1));
  const { messageId } = await device.take('publish');
  const [raised] = await classEvents(id, 1);
  expect(raised).toMatchObject({ class: 'standard', cause: 'command' });
  await recordSays(id, 'standard');
  device.send({ cmd: 'puback', messageId: messageId!, reasonCode: 0 });
  expect((await classEvents(id, 2))[1]).toMatchObject({ class: 'bulk', cause: 'over' });
  await device.leave();
  await backend.leave();
});

test('other rules hold for devices that are connected', async () => {
  const id = freshId('lamp');
  const device = await connect(id);
  stage.gateway.rewrite({ classes: { rules: [{ clientId: 'lamp-*', class: 'critical' }] } });
  const [changed] = await classEvents(id, 1);
  expect(changed).toMatchObject({ class: 'critical', previousClass: 'standard', cause: 'rules' });
  device.send(publishPacket('devices/1/data', '1', 1, 1));
  await device.take('puback');
  expect((await uplinkOf(stage.redis.client, id))[0]!.fields['class']).toBe('critical');
  await device.leave();
});
