import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Crew } from '../clients/mqttjs-crew.ts';
import { places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

const stage = useStage();
const qualities = [0, 1, 2] as const;

for (const place of places)
  describe(`MQTT.js, ${place.words}`, () => {
    let crew: Crew;
    beforeEach(() => (crew = new Crew(stage, place)));
    afterEach(() => crew.end());

    test.each(qualities)('hears what another publishes at QoS %d, whole, once and in order', async (qos) => {
      const [left, right] = [await crew.connect('left'), await crew.connect('right')];
      await left.subscribe(`${crew.topic}/to/left/#`);
      await right.subscribe(`${crew.topic}/to/right/#`);
      const payloads = Array.from({ length: 200 }, (_, index) => `message ${index}`);
      await Promise.all([
        left.publishAll(`${crew.topic}/to/right/x`, payloads, qos),
        right.publishAll(`${crew.topic}/to/left/y`, payloads, qos),
      ]);
      for (const client of [left, right]) {
        const messages = await client.takeAll(payloads.length);
        expect(messages.map(({ payload }) => payload)).toEqual(payloads);
        expect(messages.every((message) => message.qos === qos && !message.retain)).toBe(true);
      }
    });

    test('retained: set, replaced, cleared, at every QoS and by wildcard', async () => {
      const client = await crew.connect();
      for (const qos of qualities) {
        await client.publish(`${crew.topic}/${qos}`, 'replaced', 1, { retain: true });
        await client.publish(`${crew.topic}/${qos}`, `qos ${qos}`, qos, { retain: true });
      }
      await client.subscribe(`${crew.topic}/+`);
      const messages = await client.takeAll(3);
      expect(messages.map(({ payload, qos }) => `${payload} at ${qos}`).toSorted()).toEqual(
        qualities.map((qos) => `qos ${qos} at ${qos}`),
      );
      expect(messages.every(({ retain }) => retain)).toBe(true);
      for (const qos of qualities) await client.publish(`${crew.topic}/${qos}`, '', qos, { retain: true });
      const late = await crew.connect('late');
      await late.subscribe(`${crew.topic}/#`);
      await client.publish(`${crew.topic}/end`, 'end');
      expect(await late.takeBefore('end')).toEqual([]);
    });

    test('a will is told when the socket is lost, not after DISCONNECT', async () => {
      const watcher = await crew.connect('watcher');
      await watcher.subscribe(`${crew.topic}/#`);
      const will = (name: string) =>
        ({
          will: {
            topic: `${crew.topic}/${name}`,
            payload: Buffer.from(`${name} is lost`),
            qos: 2,
            retain: true,
          },
        }) as const;
      await (await crew.connect('leaving', will('leaving'))).leave();
      await (await crew.connect('lost', will('lost'))).drop();
      expect(await watcher.take()).toMatchObject({ payload: 'lost is lost', qos: 2, retain: false });
      await watcher.publish(`${crew.topic}/end`, 'end', 2);
      expect(await watcher.takeBefore('end')).toEqual([]);
      const late = await crew.connect('late');
      await late.subscribe(`${crew.topic}/+`);
      expect(await late.take()).toMatchObject({ payload: 'lost is lost', retain: true });
      await late.publish(`${crew.topic}/lost`, '', 1, { retain: true });
    });

    test('a session keeps subscriptions and what was missed, in order', async () => {
      const publisher = await crew.connect('publisher');
      const first = await crew.resume();
      expect(first.connack.sessionPresent).toBe(false);
      await first.subscribe(`${crew.topic}/x`);
      await first.drop();
      const missed = Array.from({ length: 100 }, (_, index) => `message ${index}`);
      await publisher.publishAll(`${crew.topic}/x`, missed, 2);
      const second = await crew.resume();
      expect(second.connack.sessionPresent).toBe(true);
      await publisher.publish(`${crew.topic}/x`, 'end', 2);
      expect((await second.takeBefore('end')).map(({ payload }) => payload)).toEqual(missed);
      await second.leave();
      const third = await crew.resume();
      expect(third.connack.sessionPresent).toBe(true);
      await publisher.publish(`${crew.topic}/x`, 'end', 2);
      expect(await third.takeBefore('end')).toEqual([]);
      await third.leave();
      const clean = await crew.connect('a', { clean: true });
      expect(clean.connack.sessionPresent).toBe(false);
    });

    test('a client that returns by itself goes on where it was', async () => {
      const publisher = await crew.connect('publisher');
      const client = await crew.resume('a', { reconnectPeriod: 20, resubscribe: false });
      await client.subscribe(`${crew.topic}/x`);
      for (let round = 0; round < 5; round++) {
        const returned = new Promise((resolve) => client.client.once('connect', resolve));
        client.client.stream.destroy();
        await publisher.publish(`${crew.topic}/x`, `round ${round}`, 2);
        await returned;
      }
      await publisher.publish(`${crew.topic}/x`, 'end', 2);
      expect((await client.takeBefore('end')).map(({ payload }) => payload)).toEqual(
        Array.from({ length: 5 }, (_, round) => `round ${round}`),
      );
    });

    test('what a client publishes while its socket breaks arrives, at QoS 2 once', async () => {
      const listener = await crew.connect('listener');
      await listener.subscribe(`${crew.topic}/x`);
      const client = await crew.resume('a', { reconnectPeriod: 20 });
      const payloads = Array.from({ length: 60 }, (_, index) => `message ${index}`);
      const published = payloads.map((payload, index) => {
        if (index % 20 === 10) client.client.stream.destroy();
        return client.publish(`${crew.topic}/x`, payload, 2);
      });
      await Promise.all(published);
      await client.publish(`${crew.topic}/x`, 'end', 2);
      const heard = (await listener.takeBefore('end')).map(({ payload }) => payload);
      expect(heard.toSorted()).toEqual(payloads.toSorted());
    });

    test('overlapping subscriptions bring a message once, at the higher QoS', async () => {
      const client = await crew.connect();
      await client.subscribe(`${crew.topic}/#`, 2);
      await client.subscribe(`${crew.topic}/+`, 1);
      await client.publish(`${crew.topic}/x`, 'once', 2);
      await client.publish(`${crew.topic}/x`, 'end', 2);
      expect(await client.takeBefore('end')).toMatchObject([{ payload: 'once', qos: 2 }]);
    });

    test('nothing comes after UNSUBSCRIBE, and $ is no match for a wildcard in front', async () => {
      const client = await crew.connect();
      await client.subscribe(`${crew.topic}/x`);
      await client.subscribe(`+/${crew.topic}`);
      await client.client.unsubscribeAsync(`${crew.topic}/x`);
      await client.publish(`${crew.topic}/x`, 'unsubscribed');
      await client.publish(`$x/${crew.topic}`, 'with $');
      await client.publish(`x/${crew.topic}`, 'end');
      expect(await client.takeBefore('end')).toEqual([]);
    });

    test('an empty client id is accepted with a clean session', async () => {
      const client = await crew.connect('', { clientId: '', clean: true });
      await client.subscribe(crew.topic);
      await client.publish(crew.topic, 'nameless');
      expect(await client.take()).toMatchObject({ payload: 'nameless' });
      expect(client.connack.properties?.assignedClientIdentifier !== undefined).toBe(place.version === 5);
    });

    test('a payload of half a megabyte comes as it was sent', async () => {
      const client = await crew.connect();
      await client.subscribe(crew.topic);
      const payload = 'größe '.repeat(80_000).slice(0, 500_000);
      for (const qos of qualities) {
        await client.publish(crew.topic, payload, qos);
        expect((await client.take()).payload === payload).toBe(true);
      }
    });
  });

test.concurrent.each(places)('MQTT.js, $words: keeps a connection with its pings', async (place) => {
  const crew = new Crew(stage, place);
  try {
    const client = await crew.connect('a', { keepalive: 4 });
    const pings = new Promise<void>((resolve) => {
      let count = 0;
      client.client.on('packetreceive', ({ cmd }) => {
        if (cmd === 'pingresp' && ++count === 2) resolve();
      });
    });
    await pings;
    await client.subscribe(crew.topic);
    await client.publish(crew.topic, 'still here');
    expect(await client.take()).toMatchObject({ payload: 'still here' });
  } finally {
    await crew.end();
  }
});
