import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'Clean Session 0 creates a session and resumes it with its subscriptions [MQTT-3.1.2-4]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    expect(first.connack.sessionPresent).toBe(false);
    await first.subscribe([topic('a/+'), topic('b')], 1);
    await first.leave();
    const again = await connect({ clientId, clean: false });
    expect(again.connack.sessionPresent).toBe(true);
    const publisher = await connect();
    await publisher.publish(topic('a/1'), 'one', 1);
    await publisher.publish(topic('b'), 'two', 1);
    expect(await again.receivePayloads(2)).toEqual(['one', 'two']);
  },
);

overTransports(
  'a session outlives a connection that is lost, as it does DISCONNECT [MQTT-3.1.2-4]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 1);
    first.drop();
    await untilAway({ redis }, clientId);
    const again = await connect({ clientId, clean: false });
    expect(again.connack.sessionPresent).toBe(true);
    await again.publish(topic(), 'hello', 1);
    expect(String((await again.receive()).payload)).toBe('hello');
  },
);

overTransports(
  'stores QoS 1 and QoS 2 messages for an absent session, in order [MQTT-3.1.2-5]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic('#'), 2);
    await first.leave();
    const publisher = await connect();
    for (let n = 1; n <= 6; n++) await publisher.publish(topic(`${n}`), `${n}`, n % 2 === 0 ? 2 : 1);
    const again = await connect({ clientId, clean: false });
    for (let n = 1; n <= 6; n++) {
      const message = await again.receive();
      expect(message).toMatchObject({ topic: topic(`${n}`), qos: n % 2 === 0 ? 2 : 1, retain: false });
    }
    await again.nothingMore();
  },
);

overTransports(
  'Clean Session 1 discards the session that was stored [MQTT-3.1.2-6] [MQTT-3.1.4-3]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic('old'), 1);
    await first.leave();
    const publisher = await connect();
    await publisher.publish(topic('old'), 'for the old session', 1);
    const second = await connect({ clientId, clean: true });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('new'), 1);
    await publisher.publish(topic('old'), 'for nobody', 1);
    expect(await messagesBefore(second, publisher, topic('new'), 1)).toEqual([]);
  },
);

overTransports(
  'the state of a Clean Session 1 session is not used again [MQTT-3.1.2-6]',
  async ({ connect, id, topic, redis }) => {
    const clientId = id();
    const publisher = await connect();
    const first = await connect({ clientId, clean: true });
    await first.subscribe(topic('old'), 1);
    await publisher.publish(topic('old'), 'not acknowledged', 1);
    await first.expect('publish');
    first.drop();
    await untilAway({ redis }, clientId);
    await publisher.publish(topic('old'), 'while away', 1);
    const second = await connect({ clientId, clean: false });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('new'), 1);
    await publisher.publish(topic('old'), 'for nobody', 1);
    expect(await messagesBefore(second, publisher, topic('new'), 1)).toEqual([]);
  },
);

overTransports(
  'Clean Session 1 over a live session with Clean Session 0 discards it [MQTT-3.1.2-6]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 1);
    const second = await connect({ clientId, clean: true });
    await first.closedSilently();
    await second.leave();
    const third = await connect({ clientId, clean: false });
    expect(third.connack.sessionPresent).toBe(false);
  },
);

overTransports(
  'retained messages stay when the session of their publisher ends [MQTT-3.1.2-7]',
  async (scene) => {
    const { connect, id, topic, redis } = scene;
    const clientId = id();
    const publisher = await connect({ clientId, clean: true });
    await publisher.publish(topic(), 'still here', 1, { retain: true });
    await publisher.leave();
    await untilAway({ redis }, clientId);
    const messages = await retainedFor(scene, await connect(), topic());
    expect(messages.map(({ payload }) => String(payload))).toEqual(['still here']);
  },
);
