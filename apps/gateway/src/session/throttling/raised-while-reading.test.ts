import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IPubackPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { loadGatewayConfig } from '../../config/config.ts';
import type { DeviceDesk } from '../../testing/device-desk.ts';
import { MqttDesk } from '../../testing/mqtt-desk.ts';
import { until } from '../../testing/until.ts';
import type { Session } from '../session.ts';
import { Throttling } from './throttling.ts';

const { classes, rates } = loadGatewayConfig({ env: {} }).config;
const QUOTA_EXCEEDED = 0x97;
const slow = { rate: '1/s', burst: 1 };
const critical = { mode: 'enforce', messages: { rate: '1000/s' } } as const;

let desk: MqttDesk;
let nowMs = 0;
let throttling: Throttling;
beforeAll(async () => {
  desk = await MqttDesk.start([]);
  desk.classes.configure({ ...classes, topics: [{ filter: 'alarm', class: 'critical' }] }, []);
  throttling = new Throttling({
    config: { ...rates, device: { mode: 'enforce', messages: slow }, deviceOf: { critical } },
    monotonic: () => nowMs,
    tell: () => [],
  });
  desk.classes.onChanged.push((session, previous) => throttling.reclassed(session, previous));
});
afterAll(async () => {
  throttling.stop();
  await desk.stop();
});

const publish = (messageId: number, topic: string): Packet =>
  ({ cmd: 'publish', topic, payload: '', qos: 1, messageId, dup: false, retain: false }) as IPublishPacket;

async function connected(clientId: string): Promise<{ device: DeviceDesk; session: Session }> {
  const device = desk.device();
  device.send({
    ...{
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId,
      clean: true,
      keepalive: 60,
    },
  });
  expect(await device.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 });
  const session = desk.registry.get(clientId)!;
  throttling.begin(session);
  return { device, session };
}

test('an alarm that frees its device of a pause in the middle of what was read is taken once, as all behind it', async () => {
  const { device, session } = await connected('pump');
  device.send(publish(1, 'a'), publish(2, 'a'), publish(3, 'alarm'), publish(4, 'a'), publish(5, 'a'));
  expect(session.upstream.seq).toBe(2);
  // The pause is over: what stands behind is read on from where it stopped.
  nowMs += 1000;
  session.throttle!.onDue();
  await until('all to be answered', () => session.upstream.unanswered === 0);
  expect(session.upstream.seq).toBe(5);
  const told = await device.soFar();
  expect(told.map(({ cmd, messageId }) => `${cmd} ${messageId}`)).toEqual(
    [1, 2, 3, 4, 5].map((id) => `puback ${id}`),
  );
});

test('an alarm is judged by the limits of what it raises its device to', async () => {
  const { device, session } = await connected('boiler');
  const floods = Array.from({ length: 40 }, (_, n) => publish(n + 1, 'a'));
  device.send(...floods.slice(0, 1));
  for (const flood of floods.slice(1)) {
    session.throttle!.onDue();
    device.send(flood);
  }
  session.throttle!.onDue();
  device.send(publish(41, 'alarm'));
  await until('all to be answered', () => session.upstream.unanswered === 0);
  const told = (await device.soFar()) as IPubackPacket[];
  const refused = told.filter(({ reasonCode }) => reasonCode === QUOTA_EXCEEDED);
  expect(refused.length).toBeGreaterThan(0);
  expect(told.at(-1)).toMatchObject({ cmd: 'puback', messageId: 41, reasonCode: 0 });
  expect(session.class).toBe('critical');
});
