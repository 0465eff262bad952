import { afterEach, describe, expect, test } from 'vitest';
import { hasMosquitto, Listener, type MosquittoVersion, publish, versions } from '../clients/mosquitto.ts';
import { freshId, useStage } from '../support/stage.ts';

const stage = useStage();
const listeners: Listener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.kill()));
});

const port = (): number => stage.gateway.port('mqtt');

async function listen(version: MosquittoVersion, ...args: string[]): Promise<Listener> {
  const listener = await Listener.subscribed(port(), version, ...args);
  listeners.push(listener);
  return listener;
}

const say = (version: MosquittoVersion, topic: string, payload: string, ...args: string[]): Promise<void> =>
  publish(port(), version, '-t', topic, '-m', payload, '-q', '1', ...args);

describe.runIf(hasMosquitto).each(versions)('mosquitto_sub -V %s', (version) => {
  test.each([0, 1, 2])('hears mosquitto_pub at QoS %d, once and in order', async (qos) => {
    const topic = freshId('t');
    const listener = await listen(version, '-t', `${topic}/+/#`, '-q', '2');
    for (const [n, payload] of ['one', 'two', 'drei, größer'].entries()) {
      await say(version, `${topic}/x`, payload, '-q', `${qos}`);
      // Each is a program of its own, and nobody tells it at QoS 0 that the message was taken.
      if (qos === 0) await listener.heard(n + 1);
    }
    await say(version, `${topic}/x/y`, 'end', '-q', `${qos}`);
    const messages = await listener.heard(4);
    expect(messages.map(({ payload }) => payload)).toEqual(['one', 'two', 'drei, größer', 'end']);
    expect(messages[0]).toMatchObject({ topic: `${topic}/x`, qos, isRetained: false });
  });

  test('retained: set, replaced, cleared', async () => {
    const topic = freshId('t');
    await say(version, `${topic}/a`, 'first', '-r');
    await say(version, `${topic}/a`, 'second', '-r');
    await say(version, `${topic}/b`, 'other', '-r', '-q', '2');
    const listener = await listen(version, '-t', `${topic}/#`, '-q', '2');
    const messages = await listener.heard(2);
    expect(messages.map(({ payload }) => payload).sort()).toEqual(['other', 'second']);
    expect(messages.every(({ isRetained }) => isRetained)).toBe(true);
    for (const name of ['a', 'b'])
      await publish(port(), version, '-t', `${topic}/${name}`, '-n', '-r', '-q', '1');
    const late = await listen(version, '-t', `${topic}/#`, '-q', '2');
    await say(version, `${topic}/c`, 'end');
    await late.heard(1);
    expect(late.payloads).toEqual(['end']);
  });

  test('--remove-retained clears what it hears', async () => {
    const topic = freshId('t');
    await say(version, topic, 'kept', '-r');
    const remover = await listen(version, '-t', topic, '-q', '1', '--remove-retained');
    await remover.heard(2);
    expect(remover.payloads).toEqual(['kept', '']);
    const listener = await listen(version, '-t', topic, '-q', '1');
    await say(version, topic, 'end');
    await listener.heard(1);
    expect(listener.payloads).toEqual(['end']);
  });

  test('a will is told when its program is killed, and when it leaves and asks for it', async () => {
    const topic = freshId('t');
    const watcher = await listen(version, '-t', `${topic}/+`, '-q', '1');
    const will = (name: string): string[] => [
      ...[
        '--will-topic',
        `${topic}/${name}`,
        '--will-payload',
        `${name} is lost`,
        '--will-qos',
        '1',
        '-t',
        'x',
      ],
    ];
    const leaving = await listen(version, ...will('leaving'));
    const killed = await listen(version, ...will('killed'));
    await leaving.leave();
    await killed.kill();
    // On MQTT 5 the program leaves with reason 0x04, Disconnect with Will Message.
    const told = version === 'mqttv5' ? ['killed is lost', 'leaving is lost'] : ['killed is lost'];
    await watcher.heard(told.length);
    await say(version, `${topic}/end`, 'end');
    await watcher.heard(told.length + 1);
    expect(watcher.payloads.toSorted()).toEqual(['end', ...told]);
  });

  test('a persistent session hears what it missed, once and in order', async () => {
    const topic = freshId('t');
    const session = ['-t', topic, '-q', '2', '-c', '-i', freshId('session')];
    await (await listen(version, ...session)).leave();
    const missed = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const payload of missed) await say(version, topic, payload, '-q', '2');
    await say(version, topic, 'not kept', '-q', '0');
    const listener = await listen(version, ...session);
    await say(version, topic, 'end', '-q', '2');
    await listener.said(/\|end\|/);
    expect(listener.payloads.filter((payload) => payload !== 'not kept')).toEqual([...missed, 'end']);
    await listener.leave();
    const again = await listen(version, ...session);
    await say(version, topic, 'new', '-q', '2');
    await again.heard(1);
    expect(again.payloads).toEqual(['new']);
  });

  test('unsubscribing from a topic of the session ends it', async () => {
    const topic = freshId('t');
    const session = ['-q', '1', '-c', '-i', freshId('session')];
    await (await listen(version, '-t', `${topic}/a`, '-t', `${topic}/b`, ...session)).leave();
    const listener = await listen(version, '-t', `${topic}/b`, '-U', `${topic}/a`, ...session);
    await listener.said(/UNSUBACK/);
    await say(version, `${topic}/a`, 'gone');
    await say(version, `${topic}/b`, 'still there');
    await listener.heard(1);
    expect(listener.payloads).toEqual(['still there']);
  });

  test('a wildcard in front does not match topics with $', async () => {
    const topic = freshId('t');
    const listener = await listen(version, '-t', `+/${topic}`, '-q', '1');
    await say(version, `$x/${topic}`, 'with $');
    await say(version, `x/${topic}`, 'without');
    await listener.heard(1);
    expect(listener.payloads).toEqual(['without']);
  });

  test('overlapping subscriptions bring a message once', async () => {
    const topic = freshId('t');
    const listener = await listen(version, '-t', `${topic}/#`, '-t', `${topic}/+`, '-q', '2');
    await say(version, `${topic}/x`, 'once', '-q', '2');
    await say(version, `${topic}/x`, 'end', '-q', '2');
    await listener.said(/\|end\|/);
    expect(listener.payloads).toEqual(['once', 'end']);
  });
});

describe.runIf(hasMosquitto)('mosquitto_sub -V mqttv5', () => {
  const v5 = 'mqttv5';

  test('properties come as mosquitto_pub sent them', async () => {
    const topic = freshId('t');
    const listener = await listen(
      v5,
      '-t',
      topic,
      '-q',
      '1',
      '-D',
      'subscribe',
      'subscription-identifier',
      '77',
    );
    const properties = [
      ['content-type', 'text/plain'],
      ['correlation-data', 'abc'],
      ['message-expiry-interval', '600'],
      ['payload-format-indicator', '1'],
      ['response-topic', 'answer/to'],
      ['user-property', 'k', 'v'],
      ['user-property', 'a', 'z'],
    ];
    await say(v5, topic, 'x', ...properties.flatMap((words) => ['-D', 'publish', ...words]));
    const [message] = await listener.heard(1);
    expect(message).toMatchObject({
      ...{
        contentType: 'text/plain',
        correlationData: 'abc',
        payloadFormat: '1',
        responseTopic: 'answer/to',
      },
      ...{ identifier: '77', user: 'k:v a:z' },
    });
    expect(Number(message?.expiry)).toBeGreaterThanOrEqual(580);
    expect(Number(message?.expiry)).toBeLessThanOrEqual(600);
  });

  test('a shared subscription brings each message to one of two', async () => {
    const topic = freshId('t');
    const shared = ['-t', `$share/group/${topic}`, '-q', '1'];
    const members = [await listen(v5, ...shared), await listen(v5, ...shared)];
    const said = Array.from({ length: 10 }, (_, index) => `message ${index}`);
    for (const payload of said) await say(v5, topic, payload);
    await members[0]?.heard(5);
    await members[1]?.heard(5);
    expect(members.flatMap(({ payloads }) => payloads).sort()).toEqual(said);
  });

  test('a session ends with its expiry of -x, and a will waits for its delay', async () => {
    const topic = freshId('t');
    const id = freshId('session');
    const watcher = await listen(v5, '-t', `${topic}/will`, '-q', '1');
    const will = ['--will-topic', `${topic}/will`, '--will-payload', 'lost', '--will-qos', '1'];
    const delay = ['-D', 'will', 'will-delay-interval', '600'];
    const session = ['-t', `${topic}/x`, '-q', '1', '-c', '-x', '2', '-i', id, ...will, ...delay];
    const mortal = await listen(v5, ...session);
    const lost = performance.now();
    await mortal.kill();
    await watcher.heard(1); // the session's end brings the will whose delay is longer
    expect(performance.now() - lost).toBeGreaterThan(1_500);
    await say(v5, `${topic}/x`, 'nobody has it');
    const listener = await listen(v5, ...session);
    await say(v5, `${topic}/x`, 'end');
    await listener.heard(1);
    expect(listener.payloads).toEqual(['end']);
  });

  test('a message queued too long does not come', async () => {
    const topic = freshId('t');
    const id = freshId('session');
    const session = ['-t', topic, '-q', '1', '-c', '-x', '600', '-i', id];
    await (await listen(v5, ...session)).leave();
    const clock = await listen(v5, '-t', `${topic}/clock`, '-q', '1');
    await say(v5, topic, 'short', '-D', 'publish', 'message-expiry-interval', '1');
    await say(v5, topic, 'long', '-D', 'publish', 'message-expiry-interval', '600');
    // A will with a delay of two seconds tells that they have passed.
    const will = ['--will-topic', `${topic}/clock`, '--will-payload', 'two seconds', '-x', '600', '-t', 'x'];
    await (
      await listen(v5, ...will, '-D', 'will', 'will-delay-interval', '2', '-i', freshId('clock'))
    ).kill();
    await clock.heard(1);
    const listener = await listen(v5, ...session);
    await listener.heard(1);
    expect(listener.payloads).toEqual(['long']);
    expect(Number(listener.messages[0]?.expiry)).toBeLessThan(600);
  });

  test('topic aliases of the device hold for its connection', async () => {
    const topic = freshId('t');
    const listener = await listen(v5, '-t', topic, '-q', '2');
    await say(v5, topic, 'by alias', '-q', '2', '-D', 'publish', 'topic-alias', '3');
    expect((await listener.heard(1))[0]).toMatchObject({ topic, payload: 'by alias' });
  });
});
