import { expect } from 'vitest';
import { packet, pingreq, publishBytes, u16 } from '../support/bytes.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4, mayLog: /Redis refused/ });

overTransports(
  'a violation ends its own connection and disturbs no other [MQTT-4.8.0-1]',
  async ({ connect, topic }) => {
    const other = await connect();
    await other.subscribe(topic());
    const violator = await connect();
    violator.send(packet('subscribe', [u16(1)]), publishBytes({ topic: topic(), payload: 'behind it' }));
    await violator.closedSilently();
    await other.nothingMore();
  },
);

overTransports(
  'a store that is full ends the connection whose message it refuses, and no other [MQTT-4.8.0-2]',
  async ({ connect, redis, topic }) => {
    const client = await connect();
    const other = await connect();
    await redis.client.config('SET', 'maxmemory', '1');
    try {
      client.send(publishBytes({ topic: topic(), payload: 'x', qos: 1, packetId: 1 }), pingreq);
      const answers = await client.ended();
      expect(answers.filter(({ cmd }) => cmd !== 'pingresp')).toEqual([]);
      await other.nothingMore();
    } finally {
      await redis.client.config('SET', 'maxmemory', '0');
    }
    await untilAway({ redis }, client.clientId);
    await other.publish(topic(), 'there is room again', 1);
  },
);
