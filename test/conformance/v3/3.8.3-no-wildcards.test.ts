import { expect } from 'vitest';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({
  version: 4,
  config: { mqtt: { wildcardSubscriptionAvailable: false } },
});

overTransports(
  'without wildcards, refuses filters that have them and grants the others [MQTT-3.8.3-2]',
  async ({ connect, topic }) => {
    const client = await connect();
    const { granted } = await client.subscribe(['#', topic('+'), topic('a'), topic('a/#')], 1);
    expect(granted).toEqual([0x80, 0x80, 1, 0x80]);
    await client.publish(topic('b'), 'not matched', 1);
    await client.publish(topic('a'), 'matched', 1);
    expect(String((await client.receive()).payload)).toBe('matched');
  },
);
