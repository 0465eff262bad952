import { expect } from 'vitest';
import { packet, pingreq, publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { untilAway } from '../support/sessions.ts';
import { willsOf } from '../support/wills.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports('answers each PINGREQ with one PINGRESP [MQTT-3.12.4-1]', async ({ connect }) => {
  const client = await connect();
  client.send(pingreq, pingreq, pingreq);
  for (let n = 0; n < 3; n++) expect((await client.nextRaw('pingresp')).raw).toEqual(packet('pingresp', []));
  await client.nothingMore();
});

overTransports.each([[1], [2], [4], [8], [15]] as const)(
  'takes DISCONNECT with flag bits %s for a violation, and publishes the will [MQTT-3.14.1-1]',
  async ({ connect, topic }, flags) => {
    const watcher = await connect();
    await watcher.subscribe(topic());
    const payload = Buffer.from('last words');
    const client = await connect({ will: { topic: topic(), payload, qos: 0, retain: false } });
    client.send(packet('disconnect', [], flags));
    await client.closedSilently();
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);

overTransports(
  'ends the connection at DISCONNECT, discards the will and what comes behind it [MQTT-3.14.4-3]',
  async ({ connect, id, topic, redis }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const clientId = id();
    const payload = Buffer.from('last words');
    const client = await connect({ clientId, will: { topic: topic('w'), payload, qos: 1, retain: false } });
    client.send(packet('disconnect', []), publishBytes({ topic: topic('behind'), payload: 'x' }));
    await client.closedSilently();
    await untilAway({ redis }, clientId);
    expect(await willsOf(redis, clientId)).toEqual([]);
    const publisher = await connect();
    expect(await messagesBefore(watcher, publisher, topic('marker'))).toEqual([]);
  },
);

overTransports(
  'delivers what was published just before DISCONNECT [MQTT-3.14.4-3]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic());
    const client = await connect();
    client.send(publishBytes({ topic: topic(), payload: 'goodbye' }), packet('disconnect', []));
    expect(String((await watcher.receive()).payload)).toBe('goodbye');
  },
);
