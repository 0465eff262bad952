import { expect } from 'vitest';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'sends again what is unacknowledged under its packet ids when the session returns [MQTT-4.4.0-1] [MQTT-2.3.1-4]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const publisher = await connect();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 2);
    for (let n = 0; n < 6; n++) await publisher.publish(topic(), `${n}`, n % 2 === 0 ? 1 : 2);
    const sent = [];
    for (let n = 0; n < 6; n++) sent.push(await first.expect('publish'));
    const released = sent[1]?.messageId ?? 0;
    first.send({ cmd: 'pubrec', messageId: released });
    await first.expect('pubrel');
    first.drop();
    await untilAway({ redis }, clientId);

    for (let round = 0; round < 2; round++) {
      const again = await connect({ clientId, clean: false });
      expect((await again.take('pubrel')).messageId).toBe(released);
      for (const { messageId, payload } of sent.filter((message) => message.messageId !== released)) {
        const resent = await again.expect('publish');
        expect(resent).toMatchObject({ messageId, dup: true });
        expect(String(resent.payload)).toBe(String(payload));
      }
      await again.nothingMore();
      again.drop();
      await untilAway({ redis }, clientId);
    }
  },
);

overTransports(
  'sends nothing again while the connection stands [MQTT-4.4.0-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect({ clean: false });
    const publisher = await connect();
    await subscriber.subscribe(topic(), 1);
    await publisher.publish(topic(), 'one', 1);
    await subscriber.expect('publish');
    await publisher.publish(topic(), 'two', 1);
    expect(String((await subscriber.expect('publish')).payload)).toBe('two');
    await subscriber.nothingMore();
  },
);

overTransports(
  'what was queued while away follows what is sent again [MQTT-4.4.0-1] [MQTT-4.6.0-1]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const publisher = await connect();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 1);
    await publisher.publish(topic(), 'sent', 1);
    await first.expect('publish');
    first.drop();
    await untilAway({ redis }, clientId);
    await publisher.publish(topic(), 'queued', 1);
    const again = await connect({ clientId, clean: false });
    const [sent, queued] = [await again.expect('publish'), await again.expect('publish')];
    expect([String(sent.payload), sent.dup]).toEqual(['sent', true]);
    expect([String(queued.payload), queued.dup]).toEqual(['queued', false]);
  },
);
