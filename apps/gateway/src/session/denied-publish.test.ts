import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AclConfig } from '../admission/acl/acl.ts';
import type { DeviceDesk } from '../testing/device-desk.ts';
import { MqttDesk } from '../testing/mqtt-desk.ts';

const open: AclConfig = {
  default: 'allow',
  anonymousDefault: 'allow',
  deniedPublish311: 'acknowledge',
  rules: [],
};
const closed: AclConfig = { ...open, rules: [{ effect: 'deny', action: 'publish', topics: ['closed/#'] }] };

let desk: MqttDesk;
let device: DeviceDesk;
beforeAll(async () => {
  desk = await MqttDesk.start([]);
});
afterAll(() => desk.stop());

let count = 0;
beforeEach(async () => {
  desk.access.configure(open);
  device = desk.device();
  const connect: IConnectPacket = {
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, keepalive: 60 },
    clientId: `device-${++count}`,
  };
  device.send(connect);
  await device.next();
});

const publish = (topic: string, messageId: number, dup = false): IPublishPacket => ({
  ...{ cmd: 'publish', topic, payload: 'x', qos: 2, messageId, dup, retain: false },
});
const answerTo = async (packet: Packet): Promise<unknown> => {
  device.send(packet);
  const { cmd, messageId, reasonCode } = (await device.next()) as IPublishPacket & { reasonCode?: number };
  return [cmd, messageId, reasonCode ?? 0];
};

test('a message that was taken before it was denied is brought to its end, and its packet id is free again [MQTT-4.3.3-10]', async () => {
  expect(await answerTo(publish('closed/a', 7))).toEqual(['pubrec', 7, 0]);
  desk.access.configure(closed);
  expect(await answerTo(publish('closed/a', 7, true))).toEqual(['pubrec', 7, 0]);
  expect(await answerTo({ cmd: 'pubrel', messageId: 7 })).toEqual(['pubcomp', 7, 0]);
  expect(await answerTo(publish('closed/a', 7))).toEqual(['pubrec', 7, 0x87]);
  expect(await answerTo(publish('open', 7))).toEqual(['pubrec', 7, 0]);
  expect(desk.counters.messagesIn[2]).toBe(2);
});

test('rules that change hold for the very next message', async () => {
  expect(await answerTo(publish('closed/a', 1))).toEqual(['pubrec', 1, 0]);
  desk.access.configure(closed);
  expect(await answerTo(publish('closed/a', 2))).toEqual(['pubrec', 2, 0x87]);
  desk.access.configure(open);
  expect(await answerTo(publish('closed/a', 3))).toEqual(['pubrec', 3, 0]);
});
