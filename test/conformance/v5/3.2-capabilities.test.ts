import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { connectPacket } from '../../support/raw-mqtt.ts';
import type { Qos } from '../support/client.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({
  version: 5,
  config: { mqtt: { maximumQos: 1, retainAvailable: false } },
});

const will = (qos: Qos, retain: boolean) => ({
  will: { topic: 'never', payload: Buffer.from('x'), qos, retain },
});

overTransports(
  'says the highest QoS it takes, when that is not 2 [MQTT-3.2.2-9]',
  async ({ connect, topic }) => {
    const client = await connect();
    expect(client.connack.properties?.maximumQoS).toBe(1);
    await client.publish(topic(), 'x', 1);
    client.send(publishBytes({ topic: topic(), qos: 2, packetId: 9, properties: [] }));
    await client.disconnectedWith(0x9b);
  },
);

overTransports(
  'accepts SUBSCRIBE at any QoS, and grants what it can [MQTT-3.2.2-10]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const qos of [0, 1, 2] as const) {
      const { granted } = await client.subscribe(topic(), qos);
      expect(granted[0]).toBeLessThanOrEqual(1);
    }
    await client.publish(topic(), 'x', 1);
    expect((await client.receive()).qos).toBe(1);
  },
);

overTransports(
  'rejects a will above its highest QoS with 0x9B [MQTT-3.2.2-12]',
  async ({ open, connect, id }) => {
    const client = await open();
    client.send(connectPacket(id(), 5, will(2, false)));
    await client.refusedWith(0x9b);
    await connect(will(1, false));
  },
);

overTransports(
  'rejects a retained will with 0x9A where nothing is retained [MQTT-3.2.2-13]',
  async ({ open, id }) => {
    const client = await open();
    client.send(connectPacket(id(), 5, will(0, true)));
    await client.refusedWith(0x9a);
  },
);

overTransports(
  'says that nothing is retained, and ends who retains all the same [MQTT-3.2.2-13]',
  async ({ connect, topic }) => {
    const client = await connect();
    expect(client.connack.properties?.retainAvailable).toBe(false);
    client.send(publishBytes({ topic: topic(), retain: true, properties: [] }));
    await client.disconnectedWith(0x9a);
  },
);
