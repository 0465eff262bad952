import { expect } from 'vitest';
import { publishPacket } from '../../support/raw-mqtt.ts';
import { keys } from '../../support/streams.ts';
import { until } from '../../support/until.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });
/** A second is all that a session has here to be come back to. */
const brief = useServer({ version: 4, config: { sessions: { maxExpirySeconds: 1 } } });

brief.overTransports.concurrent(
  'a session stays as long as its connection, however short sessions are kept [MQTT-4.1.0-2]',
  async ({ connect, id, topic, redis }) => {
    const connected = await connect({ clean: false });
    await connected.subscribe(topic(), 1);
    const clientId = id('leaves');
    await (await connect({ clientId, clean: false })).leave();
    const key = keys.session(keys.partitionOf(clientId), clientId);
    await until('a session left at the same time to end', async () => (await redis.client.exists(key)) === 0);
    const publisher = await connect();
    await publisher.publish(topic(), 'still there', 1);
    expect(String((await connected.receive()).payload)).toBe('still there');
  },
);

overTransports(
  'keeps subscriptions, what waits, and both sides of QoS 2 for a session [MQTT-4.1.0-1]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    const publisher = await connect();
    await first.subscribe(topic(), 2);
    await publisher.publish(topic(), 'begun', 2);
    const begun = await first.expect('publish');
    first.send({ cmd: 'pubrec', messageId: begun.messageId ?? 0 });
    await first.expect('pubrel');
    first.send(publishPacket(topic('up'), 'not released', 2, 9));
    await first.expect('pubrec');
    first.drop();
    await untilAway({ redis }, clientId);
    await publisher.publish(topic(), 'waiting', 1);

    const again = await connect({ clientId, clean: false });
    expect(again.connack.sessionPresent).toBe(true);
    expect((await again.take('pubrel')).messageId).toBe(begun.messageId);
    again.send({ cmd: 'pubcomp', messageId: begun.messageId ?? 0 });
    expect(String((await again.take('publish')).payload)).toBe('waiting');
    again.send(publishPacket(topic(), 'not released', 2, 9, { dup: true }));
    await again.take('pubrec');
    again.send({ cmd: 'pubrel', messageId: 9 });
    await again.take('pubcomp');
    await again.nothingMore();
    await publisher.publish(topic(), 'subscribed as ever', 0);
    expect(String((await again.receive()).payload)).toBe('subscribed as ever');
  },
);
