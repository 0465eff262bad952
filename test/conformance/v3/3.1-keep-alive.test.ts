import { expect } from 'vitest';
import { pingreq, publishBytes } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports.concurrent(
  'closes after one and a half keep-alives of silence, not before the keep-alive [MQTT-3.1.2-24]',
  async ({ connect }) => {
    const before = performance.now();
    const client = await connect({ keepalive: 1 });
    await client.closedSilently();
    const passedMs = performance.now() - before;
    expect(passedMs).toBeGreaterThan(1_000);
    expect(passedMs).toBeLessThan(9_000);
  },
);

overTransports.concurrent(
  'any packet keeps the connection for another keep-alive [MQTT-3.1.2-24]',
  async ({ connect, topic }) => {
    // Not the least there is: a machine that stands still for a second must not pass for silence.
    const silent = await connect({ keepalive: 2 });
    const talking = await connect({ keepalive: 2 });
    const nudges = setInterval(() => talking.send(publishBytes({ topic: topic(), payload: 'x' })), 200);
    try {
      await silent.closedSilently();
      await talking.nothingMore();
    } finally {
      clearInterval(nudges);
    }
  },
);

overTransports.concurrent(
  'what the server sends does not count for the client [MQTT-3.1.2-24]',
  async ({ connect, topic }) => {
    const listener = await connect({ keepalive: 1 });
    await listener.subscribe(topic());
    const talker = await connect();
    const nudges = setInterval(() => talker.send(publishBytes({ topic: topic(), payload: 'x' })), 200);
    try {
      const received = await listener.ended();
      expect(received.length).toBeGreaterThan(0);
    } finally {
      clearInterval(nudges);
    }
  },
);

overTransports.concurrent('keep-alive 0 is no keep-alive [MQTT-3.1.2-24]', async ({ connect }) => {
  const without = await connect({ keepalive: 0 });
  const silent = await connect({ keepalive: 1 });
  await silent.closedSilently();
  without.send(pingreq);
  await without.expect('pingresp');
});

overTransports.concurrent(
  'publishes the will when the keep-alive passes in silence [MQTT-3.1.2-8] [MQTT-3.1.2-24]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const client = await connect({
      will: { topic: topic('will'), payload: Buffer.from('last words'), qos: 0, retain: false },
      keepalive: 1,
    });
    await client.closedSilently();
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);
