import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Crew } from '../clients/mqttjs-crew.ts';
import { places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

const stage = useStage({ config: { limits: { maxKeepAliveSeconds: 60 } } });
const qualities = [0, 1, 2] as const;

for (const place of places.filter(({ version }) => version === 5))
  describe(`MQTT.js, ${place.words}`, () => {
    let crew: Crew;
    beforeEach(() => (crew = new Crew(stage, place)));
    afterEach(() => crew.end());

    test.each(qualities)(
      'properties come as they were sent, at QoS %d, live, queued and retained',
      async (qos) => {
        const properties = {
          payloadFormatIndicator: true,
          contentType: 'text/plain',
          responseTopic: 'answer/to',
          correlationData: Buffer.from([0, 1, 255]),
          userProperties: { site: ['b', 'c'], line: '7' },
        };
        const publisher = await crew.connect('publisher');
        const live = await crew.connect('live');
        const away = await crew.resume('away');
        for (const client of [live, away]) await client.subscribe(`${crew.topic}/x`, 2, { identifier: 5 });
        await away.leave();
        await publisher.publish(`${crew.topic}/x`, 'all of them', qos, { retain: true, properties });
        // At QoS 0 nobody is told that it was taken: who hears it knows.
        const heard = [await live.take()];
        const later = await crew.connect('later');
        await later.subscribe(`${crew.topic}/x`, 2, { identifier: 5 });
        heard.push(await later.take());
        if (qos > 0) heard.push(await (await crew.resume('away')).take());
        for (const message of heard)
          expect({ ...message.properties }).toMatchObject({ ...properties, subscriptionIdentifier: 5 });
        await publisher.publish(`${crew.topic}/x`, '', 1, { retain: true });
      },
    );

    test('message expiry counts down while a message waits', async () => {
      const publisher = await crew.connect('publisher');
      const clock = await crew.connect('clock');
      await clock.subscribe(`${crew.topic}/clock`);
      const session = await crew.resume();
      await session.subscribe(`${crew.topic}/x`);
      await session.leave();
      const expiring = (messageExpiryInterval: number) => ({ properties: { messageExpiryInterval } });
      await publisher.publish(`${crew.topic}/x`, 'short', 1, expiring(1));
      await publisher.publish(`${crew.topic}/x`, 'long', 1, expiring(600));
      // A will with a delay of two seconds tells that they have passed.
      const will = {
        topic: `${crew.topic}/clock`,
        payload: Buffer.from('two seconds'),
        qos: 1,
        retain: false,
      } as const;
      const timer = await crew.resume('timer', { will: { ...will, properties: { willDelayInterval: 2 } } });
      await timer.drop();
      await clock.take();
      const message = await (await crew.resume()).take();
      expect(message.payload).toBe('long');
      expect(message.properties.messageExpiryInterval).toBeLessThanOrEqual(598);
    });

    test('topic aliases of the client, chosen by itself', async () => {
      const listener = await crew.connect('listener');
      await listener.subscribe(`${crew.topic}/+`);
      const client = await crew.connect('a', {
        autoAssignTopicAlias: true,
        properties: { topicAliasMaximum: 4 },
      });
      const sent: string[] = [];
      client.client.on('packetsend', (packet) => {
        if (packet.cmd === 'publish') sent.push(packet.topic.toString());
      });
      for (let index = 0; index < 30; index++)
        await client.publish(`${crew.topic}/${index % 6}`, `message ${index}`, (index % 3) as 0 | 1 | 2);
      const heard = await listener.takeAll(30);
      expect(heard.map(({ topic, payload }) => `${topic} ${payload}`)).toEqual(
        Array.from({ length: 30 }, (_, index) => `${crew.topic}/${index % 6} message ${index}`),
      );
      expect(sent).toContain('');
    });

    test('topic aliases of the server, no more than the client allows', async () => {
      const client = await crew.connect('a', { properties: { topicAliasMaximum: 2 } });
      const received: { topic: string; alias: number | undefined }[] = [];
      client.client.on('packetreceive', (packet) => {
        if (packet.cmd === 'publish')
          received.push({ topic: packet.topic.toString(), alias: packet.properties?.topicAlias });
      });
      await client.subscribe(`${crew.topic}/+`);
      for (let index = 0; index < 20; index++)
        await client.publish(`${crew.topic}/${index % 4}`, `message ${index}`, 1);
      const heard = await client.takeAll(20);
      expect(heard.map(({ payload }) => payload)).toEqual(
        Array.from({ length: 20 }, (_, index) => `message ${index}`),
      );
      expect(received.every(({ alias }) => alias === undefined || (alias >= 1 && alias <= 2))).toBe(true);
      expect(received.some(({ topic }) => topic === '')).toBe(true);
    });

    test('Receive Maximum 2: everything comes, in order', async () => {
      const client = await crew.resume('a', { properties: { receiveMaximum: 2 } });
      const publisher = await crew.connect('publisher');
      await client.subscribe(`${crew.topic}/x`);
      const payloads = Array.from({ length: 50 }, (_, index) => `message ${index}`);
      await publisher.publishAll(`${crew.topic}/x`, payloads, 2);
      expect((await client.takeAll(50)).map(({ payload }) => payload)).toEqual(payloads);
    });

    test('a client that refuses messages with its acknowledgement goes on with the next', async () => {
      const client = await crew.connect('a', {
        properties: { receiveMaximum: 2 },
        customHandleAcks: (_topic, message, _packet, done) =>
          done(message.toString() === 'refuse' ? 0x83 : 0),
      });
      await client.subscribe(`${crew.topic}/x`);
      for (const qos of [1, 2, 1, 2] as const) await client.publish(`${crew.topic}/x`, 'refuse', qos);
      await client.publish(`${crew.topic}/x`, 'take at 1', 1);
      await client.publish(`${crew.topic}/x`, 'take at 2', 2);
      expect((await client.takeAll(2)).map(({ payload }) => payload)).toEqual(['take at 1', 'take at 2']);
    });

    test('Maximum Packet Size: what is too large is left out', async () => {
      const client = await crew.resume('a', { properties: { maximumPacketSize: 200 } });
      const publisher = await crew.connect('publisher');
      await client.subscribe(`${crew.topic}/x`);
      for (const qos of qualities) {
        await publisher.publish(`${crew.topic}/x`, 'L'.repeat(200), qos);
        await publisher.publish(`${crew.topic}/x`, `qos ${qos}`, qos);
      }
      await publisher.publish(`${crew.topic}/x`, 'end', 2);
      expect((await client.takeBefore('end')).map(({ payload }) => payload)).toEqual([
        'qos 0',
        'qos 1',
        'qos 2',
      ]);
    });

    test('subscription identifiers: one message with those of all that match', async () => {
      const client = await crew.connect();
      await client.subscribe(`${crew.topic}/x`, 1, { identifier: 2 });
      await client.subscribe(`${crew.topic}/#`, 1, { identifier: 268435455 });
      await client.publish(`${crew.topic}/x`, 'both');
      await client.publish(`${crew.topic}/y`, 'one');
      const [both, one] = await client.takeAll(2);
      expect(new Set([both?.properties.subscriptionIdentifier].flat())).toEqual(new Set([2, 268435455]));
      expect(one).toMatchObject({ payload: 'one', properties: { subscriptionIdentifier: 268435455 } });
    });

    test('No Local, Retain As Published, Retain Handling', async () => {
      const [client, other] = [await crew.connect(), await crew.connect('other')];
      await client.subscribe(`${crew.topic}/local`, 1, { nl: true });
      await client.publish(`${crew.topic}/local`, 'my own');
      await other.publish(`${crew.topic}/local`, 'of another');
      expect(await client.take()).toMatchObject({ payload: 'of another' });

      await client.subscribe(`${crew.topic}/kept`, 1, { rap: true });
      await other.publish(`${crew.topic}/kept`, 'kept', 1, { retain: true });
      expect(await client.take()).toMatchObject({ payload: 'kept', retain: true });

      for (const rh of [1, 2]) await client.subscribe(`${crew.topic}/kept`, 1, { rh, rap: true });
      await other.subscribe(`${crew.topic}/kept`, 1, { rh: 1 });
      expect(await other.take()).toMatchObject({ payload: 'kept', retain: true });
      await other.publish(`${crew.topic}/kept`, '', 1, { retain: true });
      expect(await client.take()).toMatchObject({ payload: '', retain: true });
    });

    test('shared subscriptions: each message to one of the members, all to another group', async () => {
      const members = [await crew.connect('a'), await crew.connect('b')];
      const alone = await crew.connect('c');
      for (const member of members) await member.subscribe(`$share/two/${crew.topic}/x`);
      await alone.subscribe(`$share/one/${crew.topic}/x`);
      const payloads = Array.from({ length: 40 }, (_, index) => `message ${index}`);
      await Promise.all(
        payloads.map((payload, index) => alone.publish(`${crew.topic}/x`, payload, index % 2 === 0 ? 1 : 2)),
      );
      expect((await alone.takeAll(40)).map(({ payload }) => payload).toSorted()).toEqual(payloads.toSorted());
      const heard = await Promise.all(members.map((member) => member.takeAll(20)));
      expect(
        heard
          .flat()
          .map(({ payload }) => payload)
          .toSorted(),
      ).toEqual(payloads.toSorted());
    });

    test('a will waits for its delay, and not at all when the client returns', async () => {
      const watcher = await crew.connect('watcher');
      await watcher.subscribe(`${crew.topic}/#`);
      const lasting = (name: string) => {
        const will = {
          topic: `${crew.topic}/${name}`,
          payload: Buffer.from(`${name} is lost`),
          qos: 1,
          retain: false,
        } as const;
        return crew.resume(name, {
          will: { ...will, properties: { willDelayInterval: 2, contentType: 'text/plain' } },
        });
      };
      await (await lasting('returning')).drop();
      await crew.resume('returning');
      const lost = await lasting('lost');
      const begun = performance.now();
      await lost.drop();
      expect(await watcher.take()).toMatchObject({
        payload: 'lost is lost',
        properties: { contentType: 'text/plain' },
      });
      expect(performance.now() - begun).toBeGreaterThan(1_900);
      // Far from the end of its session, on a machine however busy.
      expect(performance.now() - begun).toBeLessThan(15_000);
      await watcher.publish(`${crew.topic}/end`, 'end');
      expect(await watcher.takeBefore('end')).toEqual([]);
    });

    test('DISCONNECT can ask for the will, and end the session', async () => {
      const watcher = await crew.connect('watcher');
      await watcher.subscribe(crew.topic);
      const will = { topic: crew.topic, payload: Buffer.from('asked for'), qos: 1, retain: false } as const;
      const client = await crew.resume('a', { will });
      await client.leave({ reasonCode: 0x04, properties: { sessionExpiryInterval: 0 } });
      expect(await watcher.take()).toMatchObject({ payload: 'asked for' });
      expect((await crew.resume()).connack.sessionPresent).toBe(false);
    });

    test('CONNACK tells the limits, and a keep-alive shorter than asked for', async () => {
      const client = await crew.connect('a', { keepalive: 120 });
      expect(client.connack.properties).toMatchObject({ serverKeepAlive: 60 });
      expect(client.connack.properties?.receiveMaximum).toBeGreaterThan(0);
      expect(client.connack.properties?.topicAliasMaximum).toBeGreaterThan(0);
      expect(client.connack.properties?.maximumPacketSize).toBeGreaterThan(0);
    });

    test('UNSUBACK says whether there was a subscription', async () => {
      const client = await crew.connect();
      await client.subscribe(`${crew.topic}/x`);
      const packets: unknown[] = [];
      client.client.on('packetreceive', (packet) => {
        if (packet.cmd === 'unsuback') packets.push(packet.granted);
      });
      await client.client.unsubscribeAsync(`${crew.topic}/x`);
      await client.client.unsubscribeAsync(`${crew.topic}/y`).catch(() => undefined);
      expect(packets).toEqual([[0x00], [0x11]]);
    });

    test('a second connection with the client id ends the first with 0x8E', async () => {
      const first = await crew.connect();
      const told = new Promise<number | undefined>((resolve) =>
        first.client.once('disconnect', ({ reasonCode }) => resolve(reasonCode)),
      );
      await crew.connect();
      expect(await told).toBe(0x8e);
    });
  });
