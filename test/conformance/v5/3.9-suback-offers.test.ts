import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({
  version: 5,
  config: {
    mqtt: {
      maximumQos: 1,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifierAvailable: false,
      sharedSubscriptionAvailable: false,
    },
    access: { denySubscribe: ['closed/#'] },
  },
});

const refusals: [name: string, filter: string, code: number][] = [
  ['0x87 for a filter nobody may subscribe to', 'closed/t', 0x87],
  ['0x9E for a shared one where there are none', '$share/g/t', 0x9e],
  ['0xA2 for # where wildcards are not offered', 'a/#', 0xa2],
  ['0xA2 for + where wildcards are not offered', 'a/+/b', 0xa2],
  ['0x8F for one that is none in any case', 'a#', 0x8f],
];

overTransports.each(refusals)(
  'a SUBACK says %s, and has the others [MQTT-3.9.3-2] [MQTT-3.8.4-7]',
  async ({ connect, topic }, _, filter, code) => {
    const client = await connect();
    expect((await client.subscribe([topic('a'), filter, topic('b')], 0)).granted).toEqual([0, code, 0]);
    const publisher = await connect();
    await publisher.publish(filter.replaceAll(/[+#]/g, 'x'), 'not for them', 0);
    await publisher.publish(topic('b'), 'for them', 0);
    expect(await client.receivePayloads(1)).toEqual(['for them']);
  },
);

overTransports(
  'a SUBACK says 0xA1 where subscription identifiers are not offered [MQTT-3.9.3-2]',
  async ({ connect, topic }) => {
    const client = await connect();
    const identifier = { properties: { subscriptionIdentifier: 1 } };
    expect((await client.subscribe([topic('a'), topic('b')], 1, identifier)).granted).toEqual([0xa1, 0xa1]);
    expect((await client.subscribe(topic('c'), 1)).granted).toEqual([1]);
    const publisher = await connect();
    await publisher.publish(topic('a'), 'x', 1);
    expect(await messagesBefore(client, publisher, topic('c'), 1)).toEqual([]);
  },
);

overTransports(
  'grants no more than the QoS that is offered, and delivers at that [MQTT-3.8.4-7] [MQTT-3.8.4-8]',
  async ({ connect, topic }) => {
    const client = await connect();
    const wishes = [0, 1, 2] as const;
    const { granted } = await client.subscribe(wishes.map((qos) => ({ topic: topic(`t${qos}`), qos })));
    expect(granted).toEqual([0, 1, 1]);
    const publisher = await connect();
    await publisher.publish(topic('t2'), 'x', 1);
    expect((await client.receive()).qos).toBe(1);
  },
);
