import { describe, expect, test } from 'vitest';
import { Client, codeOf, type Qos } from '../conformance/support/client.ts';
import { connected } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, publishPacket, type Version } from '../support/raw-mqtt.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { uplinkOf } from '../support/streams.ts';

/** What CONNACK may leave out, where it says nothing when all is offered. */
const capabilities = [
  'maximumQoS',
  'retainAvailable',
  'wildcardSubscriptionAvailable',
  'subscriptionIdentifiersAvailable',
  'sharedSubscriptionAvailable',
] as const;

/** The capabilities a CONNACK names. */
function leftOut({ connack }: Client): Record<string, unknown> {
  const properties = (connack.properties ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    capabilities.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

const plain = (stage: Stage, id = freshId('plain')): Promise<PlainDevice> =>
  PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);

/** What a plain device is granted. */
async function grantedTo(device: PlainDevice, topics: object[]): Promise<unknown> {
  device.send({ type: 'subscribe', id: 1, topics });
  return (await device.take('subscribed'))['granted'];
}

/** The answer to a CONNECT with a will. */
async function answerToWill(stage: Stage, version: Version, qos: Qos, retain: boolean): Promise<number> {
  const client = await Client.open(stage.gateway, 'tcp', version);
  const will = { topic: 'last/words', payload: Buffer.from('x'), qos, retain };
  client.send(connectPacket(freshId(), version, { will }));
  const code = codeOf(await client.expect('connack')) ?? 0;
  if (code === 0) await client.leave();
  else await client.closedSilently();
  return code;
}

describe('when all is offered', () => {
  const stage = useStage();

  test('CONNACK says nothing of it (MQTT 5 section 3.2.2.3)', async () => {
    expect(leftOut(await connected(stage.gateway))).toEqual({});
  });

  test('Response Information is given to nobody, asked for or not', async () => {
    const device = await connected(stage.gateway, { properties: { requestResponseInformation: true } });
    expect(device.connack.properties?.responseInformation).toBeUndefined();
  });
});

describe.each([
  [1, [0, 1, 1]],
  [0, [0, 0, 0]],
] as const)('with mqtt.maximumQos %i', (maximumQos, granted) => {
  const stage = useStage({ config: { mqtt: { maximumQos } } });

  test('CONNACK says so, a subscription is granted what there is, and messages go at that [MQTT-3.2.2-9]', async () => {
    const device = await connected(stage.gateway);
    expect(leftOut(device)).toEqual({ maximumQoS: maximumQos });
    const topic = device.clientId;
    for (const qos of [0, 1, 2] as const)
      expect((await device.subscribe(topic, qos)).granted).toEqual([granted[qos]]);
    await device.publish(topic, 'x', maximumQos);
    expect((await device.receive()).qos).toBe(maximumQos);
    const old = await connected(stage.gateway, { version: 4 });
    expect((await old.subscribe(['a', 'b'], 2)).granted).toEqual([maximumQos, maximumQos]);
  });

  test('a PUBLISH above it ends its connection, and is not stored [MQTT-3.2.2-11]', async () => {
    for (const version of [4, 5] as const) {
      const device = await connected(stage.gateway, { version });
      const qos = (maximumQos + 1) as Qos;
      device.send(publishPacket('t', 'x', qos, 1));
      if (version === 5) await device.disconnectedWith(0x9b);
      else await device.closedSilently();
      expect(await uplinkOf(stage.redis.client, device.clientId)).toEqual([]);
    }
  });

  test('a will above it refuses the CONNECT [MQTT-3.2.2-12]', async () => {
    const above = (maximumQos + 1) as Qos;
    expect(await answerToWill(stage, 5, above, false)).toBe(0x9b);
    expect(await answerToWill(stage, 4, above, false)).toBe(5);
    expect(await answerToWill(stage, 5, maximumQos, false)).toBe(0);
    expect(await answerToWill(stage, 4, maximumQos, false)).toBe(0);
  });

  test('a plain device is granted what there is', async () => {
    const device = await plain(stage);
    expect(await grantedTo(device, [{ filter: 'a' }, { filter: 'b', qos: 0 }])).toEqual([maximumQos, 0]);
    await device.leave();
  });
});

describe('with mqtt.retainAvailable false', () => {
  const stage = useStage({ config: { mqtt: { retainAvailable: false } } });

  test('CONNACK says so', async () => {
    expect(leftOut(await connected(stage.gateway))).toEqual({ retainAvailable: false });
  });

  test.each([0, 1, 2] as const)(
    'a PUBLISH with RETAIN at QoS %i ends its connection, and is neither stored nor kept [MQTT-3.2.2-14]',
    async (qos) => {
      for (const version of [4, 5] as const) {
        const device = await connected(stage.gateway, { version });
        device.send(publishPacket('kept', 'x', qos, qos === 0 ? undefined : 1, { retain: true }));
        if (version === 5) await device.disconnectedWith(0x9a);
        else await device.closedSilently();
        expect(await uplinkOf(stage.redis.client, device.clientId)).toEqual([]);
      }
      const subscriber = await connected(stage.gateway);
      await subscriber.subscribe('kept', 1);
      await subscriber.nothingMore();
    },
  );

  test('a will with RETAIN refuses the CONNECT [MQTT-3.2.2-13]', async () => {
    expect(await answerToWill(stage, 5, 0, true)).toBe(0x9a);
    expect(await answerToWill(stage, 4, 0, true)).toBe(5);
    expect(await answerToWill(stage, 5, 0, false)).toBe(0);
  });

  test('a plain device is told that its message is refused', async () => {
    const id = freshId('plain');
    const device = await plain(stage, id);
    device.send({ type: 'publish', id: 3, topic: 'kept', payload: 'x', retain: true });
    expect(await device.take('error')).toMatchObject({ id: 3, code: 'retain-not-supported' });
    device.send({ type: 'publish', id: 4, topic: 'kept', payload: 'x' });
    await device.take('ack', (frame) => frame['id'] === 4);
    expect(await uplinkOf(stage.redis.client, id)).toHaveLength(1);
    await device.leave();
  });
});

interface Refusal {
  option: string;
  property: string;
  /** Refused, and granted without the option. */
  filters: string[];
  identifier?: number;
  code: number;
  /** Of a plain device; none where it cannot ask for such a thing. */
  word?: string;
}
const refusals: Refusal[] = [
  {
    option: 'wildcardSubscriptionAvailable',
    property: 'wildcardSubscriptionAvailable',
    filters: ['#', 'a/+', 'a/#', '+', '$share/g/a/+'],
    code: 0xa2,
    word: 'wildcard-not-supported',
  },
  {
    option: 'sharedSubscriptionAvailable',
    property: 'sharedSubscriptionAvailable',
    filters: ['$share/g/a', '$share/g/a/#'],
    code: 0x9e,
    word: 'shared-not-supported',
  },
  {
    option: 'subscriptionIdentifierAvailable',
    property: 'subscriptionIdentifiersAvailable',
    filters: ['a', 'b/#', '$share/g/c'],
    identifier: 7,
    code: 0xa1,
  },
];

describe.each(refusals)(
  'with mqtt.$option false',
  ({ option, property, filters, identifier, code, word }) => {
    const stage = useStage({ config: { mqtt: { [option]: false } } });
    const asking = identifier === undefined ? {} : { properties: { subscriptionIdentifier: identifier } };

    test('CONNACK says so, and each filter that needs it is refused with a code of its own', async () => {
      const device = await connected(stage.gateway);
      expect(leftOut(device)).toEqual({ [property]: false });
      const { granted } = await device.subscribe(filters, 1, asking);
      expect(granted).toEqual(filters.map(() => code));
      expect((await device.subscribe('plain/filter', 1)).granted).toEqual([1]);
      await device.publish('a/b', 'matched by what was refused', 1);
      await device.publish('plain/filter', 'matched', 1);
      expect(await device.receivePayloads(1)).toEqual(['matched']);
    });

    // Nothing but MQTT 5 has identifiers to ask for.
    if (identifier !== undefined) return;
    test('3.1.1 and plain devices are refused too', async () => {
      const old = await connected(stage.gateway, { version: 4 });
      expect((await old.subscribe([...filters, 'plain/filter'], 1)).granted).toEqual([
        ...filters.map(() => 0x80),
        1,
      ]);
      const device = await plain(stage);
      const topics = [...filters, 'plain/filter'].map((filter) => ({ filter }));
      expect(await grantedTo(device, topics)).toEqual([...filters.map(() => word), 1]);
      await device.leave();
    });
  },
);

describe('with mqtt.responseInformation', () => {
  const stage = useStage({ config: { mqtt: { responseInformation: 'answers/${clientId}/#' } } });

  test('who asks is told, with its id [MQTT-3.1.2-28]', async () => {
    const clientId = freshId();
    const asking = await connected(stage.gateway, {
      clientId,
      properties: { requestResponseInformation: true },
    });
    expect(asking.connack.properties?.responseInformation).toBe(`answers/${clientId}/#`);
    const silent = await connected(stage.gateway, { properties: { requestResponseInformation: false } });
    expect(silent.connack.properties?.responseInformation).toBeUndefined();
    expect((await connected(stage.gateway)).connack.properties?.responseInformation).toBeUndefined();
    await connected(stage.gateway, { version: 4 });
  });
});

describe('with everything left out', () => {
  const stage = useStage({
    config: {
      mqtt: {
        ...{ maximumQos: 0, retainAvailable: false, wildcardSubscriptionAvailable: false },
        ...{ subscriptionIdentifierAvailable: false, sharedSubscriptionAvailable: false },
      },
    },
  });

  test('CONNACK names all of it, and plain publish and subscribe go on', async () => {
    const device = await connected(stage.gateway);
    expect(leftOut(device)).toEqual({
      ...{ maximumQoS: 0, retainAvailable: false, wildcardSubscriptionAvailable: false },
      ...{ subscriptionIdentifiersAvailable: false, sharedSubscriptionAvailable: false },
    });
    expect((await device.subscribe('a', 2)).granted).toEqual([0]);
    await device.publish('a', 'x', 0);
    expect(await device.receivePayloads(1)).toEqual(['x']);
  });
});
