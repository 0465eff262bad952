import { adviceOf, type CloseReason } from '@tributary/protocol';
import { vectorLimits } from '@tributary/protocol/vectors';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import type { LogLine } from '../support/gateway.ts';
import { metric } from '../support/metrics.ts';
import { bytesOf, connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, untilUplink } from '../support/streams.ts';
import { until } from '../support/until.ts';
import {
  badBeginnings,
  badConnects,
  badPackets,
  connectAtLevel,
  levelOf,
  type BadBytes,
} from '../support/session-faults.ts';

const stage = useStage({ config: { limits: { ...vectorLimits, handshakeTimeoutMs: 2000 } } });

/** A device that must notice nothing of what its neighbours do. */
let bystander: RawMqtt;
let sent = 0;

beforeAll(async () => {
  bystander = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await bystander.connect(freshId('bystander'), { keepalive: 0 });
});
afterEach(async () => {
  bystander.send(publishPacket('still/here', 'x', 1, (sent++ % 60_000) + 1));
  await bystander.take('puback');
});
afterAll(() => bystander.leave());

interface Tally {
  counts: ReadonlyMap<string, number>;
  logged: number;
}
let before: Tally;

/** Log lines that say why a connection ended or was refused. */
const endings = (): LogLine[] => stage.gateway.log().filter((line) => typeof line['reason'] === 'string');

async function tally(): Promise<Tally> {
  const samples = await stage.gateway.metrics();
  const counts = new Map<string, number>();
  for (const name of ['tributary_disconnects_total', 'tributary_connects_refused_total']) {
    for (const sample of samples.filter((each) => each.name === name)) {
      const reason = sample.labels['reason'] ?? '';
      counts.set(reason, (counts.get(reason) ?? 0) + sample.value);
    }
  }
  return { counts, logged: endings().length };
}
beforeEach(async () => {
  before = await tally();
});

/** Exactly one ending was counted, under this reason, and one line says it. */
async function oneEnding(reason: CloseReason): Promise<void> {
  const grown = async (): Promise<[string, number][]> =>
    [...(await tally()).counts]
      .map(([name, count]): [string, number] => [name, count - (before.counts.get(name) ?? 0)])
      .filter(([, count]) => count > 0);
  await until('the ending to be counted', async () => (await grown()).length > 0);
  expect(await grown()).toEqual([[reason, 1]]);
  const lines = await until('the log line', () => {
    const fresh = endings().slice(before.logged);
    return fresh.length > 0 ? fresh : undefined;
  });
  expect(lines.map((line) => line['reason'])).toEqual([reason]);
}

const title = (rows: readonly BadBytes[]): [string, BadBytes][] =>
  rows.map((row) => {
    const version = rows === badConnects ? levelOf(row.bytes) : row.version;
    return [`protocol level ${version}: ${row.name}`, row];
  });

test.each(title(badPackets))('closes a connection that sends %s', async (_, { version, bytes, code }) => {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), version);
  const clientId = freshId('bad');
  await device.connect(clientId);
  device.send(bytes);
  const { disconnect } = await device.end();
  await oneEnding(code);
  if (version === 5) expect(disconnect?.reasonCode).toBe(adviceOf(code).mqtt);
  else expect(device.packets.map(({ cmd }) => cmd)).toEqual(['connack']);
  const [, disconnected] = await untilEvents(stage.redis.client, clientId, 2);
  expect(disconnected?.fields).toMatchObject({ type: 'disconnected', reason: code, by: 'gateway' });
});

test.each(title(badConnects))('refuses a CONNECT with %s', async (_, { bytes, code }) => {
  const version = levelOf(bytes) > 4 ? 5 : 4;
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), version);
  device.send(bytes);
  await device.end();
  await oneEnding(code);
  const { mqtt, connack3 } = adviceOf(code);
  for (const packet of device.packets) {
    expect(packet).toMatchObject({
      cmd: 'connack',
      sessionPresent: false,
      ...(version === 5 ? { reasonCode: mqtt } : { returnCode: connack3 }),
    });
  }
});

test('answers an unknown protocol level with CONNACK 0x01 in the form of 3.1.1 [MQTT-3.1.2-2]', async () => {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 4);
  device.send(connectAtLevel(2));
  expect((await device.take('connack')).returnCode).toBe(1);
  await device.end();
});

test.each(title(badBeginnings))('closes without a word on %s', async (_, { bytes, code }) => {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), 4);
  device.send(bytes);
  await device.end();
  expect(device.packets).toEqual([]);
  await oneEnding(code);
});

test('ends a connection without a CONNECT at the handshake deadline, also one that dribbles', async () => {
  const silent = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await silent.end();
  await oneEnding('handshake-timeout');

  before = await tally();
  const dribbling = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  const bytes = bytesOf(connectPacket(freshId(), 5));
  let at = 0;
  await until(
    'the deadline to end it',
    () => {
      if (dribbling.closing === undefined && at < bytes.length - 1) dribbling.send(bytes.subarray(at, ++at));
      return dribbling.closing;
    },
    { everyMs: 150 },
  );
  expect(at).toBeGreaterThan(5);
  await oneEnding('handshake-timeout');
});

test('counts a socket that ends inside a packet as lost, not as an offence', async () => {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(freshId());
  device.send(bytesOf(publishPacket('t', 'truncated', 1, 1)).subarray(0, 8));
  device.drop();
  await oneEnding('connection-lost');
});

test.each([1, 2, 3, 7])(
  'reads a whole life dribbled in pieces of %i bytes, over TCP and WebSocket',
  async (size) => {
    for (const transport of ['tcp', 'ws'] as const) {
      const device =
        transport === 'tcp'
          ? await RawMqtt.tcp(stage.gateway.port('mqtt'))
          : await RawMqtt.ws(stage.gateway.wsUrl('/mqtt'));
      const id = freshId('dribble');
      const pieces = [
        connectPacket(id, 5),
        publishPacket('topic/ü', 'payload 1', 1, 1, {
          properties: { contentType: 'text/plain', userProperties: { a: 'b' } },
        }),
        publishPacket('topic/ü', Buffer.alloc(300, 7), 2, 2),
        { cmd: 'pubrel' as const, messageId: 2, reasonCode: 0 },
        { cmd: 'pingreq' as const },
        { cmd: 'disconnect' as const, reasonCode: 0 },
      ];
      await device.sendSplit(Buffer.concat(pieces.map((piece) => bytesOf(piece))), size);
      await device.end();
      const entries = await untilUplink(stage.redis.client, id, 2);
      expect(entries.map(({ qos }) => qos)).toEqual([1, 2]);
      expect(entries[1]?.payload).toEqual(Buffer.alloc(300, 7));
      expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe('normal');
    }
  },
);

test('survives a thousand connections of random bytes', async () => {
  let state = 20;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff) >> 8;
  for (let round = 0; round < 20; round++) {
    const devices = await Promise.all(
      Array.from({ length: 50 }, () => RawMqtt.tcp(stage.gateway.port('mqtt'), 5)),
    );
    for (const [n, device] of devices.entries()) {
      const noise = Buffer.from(Array.from({ length: 1 + (random() % 60) }, () => random() & 0xff));
      if (n % 2 === 0) device.send(bytesOf(connectPacket(freshId('noise'), 5)), noise);
      else device.send(noise);
      device.finish();
    }
    await Promise.all(devices.map((device) => device.closed));
  }
  await until(
    'every connection but the bystander to be gone',
    async () => metric(await stage.gateway.metrics(), 'tributary_connections') === 1,
  );
  expect(stage.gateway.process.exit).toBeUndefined();
});
