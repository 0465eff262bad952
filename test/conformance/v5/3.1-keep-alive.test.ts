import { expect } from 'vitest';
import { pingreq } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxKeepAliveSeconds: 2 } } });

overTransports.concurrent(
  'closes after one and a half keep-alives of silence, with DISCONNECT 0x8D [MQTT-3.1.2-22] [MQTT-3.2.2-22]',
  async ({ connect }) => {
    const before = performance.now();
    const client = await connect({ keepalive: 1 });
    expect(client.connack.properties?.serverKeepAlive).toBeUndefined();
    await client.disconnectedWith(0x8d);
    const passedMs = performance.now() - before;
    expect(passedMs).toBeGreaterThan(1_000);
    expect(passedMs).toBeLessThan(10_000);
  },
);

overTransports.concurrent(
  'a packet within the keep-alive keeps the connection [MQTT-3.1.2-22]',
  async ({ connect }) => {
    const silent = await connect({ keepalive: 2 });
    const talking = await connect({ keepalive: 2 });
    const nudges = setInterval(() => talking.send(pingreq), 400);
    try {
      await silent.disconnectedWith(0x8d);
      await talking.take('pingresp');
      expect(talking.ending).toBeUndefined();
    } finally {
      clearInterval(nudges);
    }
  },
);

overTransports.concurrent(
  'a longer keep-alive than the server takes is answered with a Server Keep Alive, which is in force [MQTT-3.1.2-22]',
  async ({ connect }) => {
    const client = await connect({ keepalive: 60 });
    expect(client.connack.properties?.serverKeepAlive).toBe(2);
    await client.disconnectedWith(0x8d);
  },
);

overTransports.concurrent(
  'publishes the will when the keep-alive passes in silence [MQTT-3.1.2-8] [MQTT-3.1.2-22]',
  async ({ connect, topic }) => {
    const watcher = await connect({ keepalive: 0 });
    await watcher.subscribe(topic());
    const client = await connect({
      will: { topic: topic(), payload: Buffer.from('last words'), qos: 0, retain: false },
      keepalive: 1,
    });
    await client.disconnectedWith(0x8d);
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);
