import { expect, test, vi } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { RawWebSocket, webSocketFrame } from '../support/raw-websocket.ts';
import { recordOf, samplesOf, untilSample } from '../support/links.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

// More than all that one of them waits for.
vi.setConfig({ testTimeout: 120_000 });

const loopback = '127.0.0.1';
const stage = useStage({
  config: {
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', host: loopback, port: 0 },
      { name: 'ws', protocol: 'ws', host: loopback, port: 0 },
      { name: 'far', protocol: 'ws', host: loopback, port: 0, behindProxy: true },
      {
        name: 'named',
        protocol: 'ws',
        host: loopback,
        port: 0,
        proxy: { header: 'forwarded', trusted: [loopback] },
      },
    ],
    access: { denyPublish: ['secret/#'] },
    devices: { rules: [{ match: 'sleeper-*', sleepy: true }] },
  },
});

/** Publishes at QoS 1 ten times a second until it is stopped: there is something to measure. */
function chatter(device: RawMqtt): () => void {
  let id = 0;
  const timer = setInterval(() => device.send(publishPacket('t', 'x', 1, (++id % 65_000) + 1)), 100);
  return () => clearInterval(timer);
}

const onLinux = process.platform === 'linux' ? test.concurrent : test.skip;

onLinux('of a device on TCP the kernel speaks', async () => {
  const id = freshId();
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  const stop = chatter(device);
  const sample = await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ confidence }) => confidence === 'high',
  );
  stop();
  expect(sample.sources).toEqual({ rtt: 'tcp', jitter: 'tcp', loss: 'tcp' });
  expect(sample.rttMs).toBeLessThan(1000);
  await device.leave();
});

test.concurrent.each([
  ['behind a proxy', 'far'],
  ['that comes from a trusted proxy', 'named'],
])('of a device %s its pongs speak, and the kernel does not', async (_name, listener) => {
  const id = freshId();
  const device = await PlainDevice.hello(`ws://${loopback}:${stage.gateway.port(listener)}/ws`, id);
  const sample = await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ sources, confidence }) => sources.rtt === 'ws-ping' && confidence !== 'none',
  );
  expect(sample.sources.loss).toBeUndefined();
  const all = await samplesOf(stage.redis.client, stage.gateway.node, id);
  expect(all.map(({ sources }) => sources.rtt)).not.toContain('tcp');
  await device.leave();
});

test.concurrent('a device that answers pings no more is half open', async () => {
  const id = freshId();
  const raw = await RawWebSocket.upgrade(stage.gateway.port('far'), '/ws', 'tributary.v1');
  const hello = { type: 'hello', clientId: id, keepAlive: 60 };
  raw.send(webSocketFrame(Buffer.from(JSON.stringify(hello)), { opcode: 1 }));
  await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ zombie }) => zombie === 'half-open',
  );
  raw.socket.destroy();
});

test.concurrent('reconnects nobody planned cost points, and their number is told', async () => {
  const id = freshId();
  for (let i = 1; i <= 9; i++) {
    const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
    await device.connect(id);
    device.drop();
    await untilEvents(stage.redis.client, id, 2 * i);
  }
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  const stop = chatter(device);
  const sample = await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ score, flaps }) => score !== undefined && flaps === 9,
  );
  expect(sample.penalties.flaps).toBeGreaterThan(20);
  expect(sample.score! + Object.values(sample.penalties).reduce((sum, points) => sum + points, 0)).toBe(100);
  await until('the record to say so', async () => (await recordOf(stage.redis.client, id))['flaps'] === '9');
  stop();
  await device.leave();
});

test.concurrent('those of a device that sleeps and says goodbye cost nothing', async () => {
  const id = freshId('sleeper');
  for (let i = 1; i <= 6; i++) {
    const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
    await device.connect(id);
    await device.leave();
    await until('the goodbye', async () => (await eventsOf(stage.redis.client, id)).length === 2 * i);
  }
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  const stop = chatter(device);
  const sample = await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ score }) => score !== undefined,
  );
  stop();
  expect(sample).toMatchObject({ flaps: 0, penalties: { flaps: 0 } });
  expect(await recordOf(stage.redis.client, id)).toMatchObject({ sleepy: '1' });
  await device.leave();
});

test.concurrent('what a device should not do costs points while it is connected', async () => {
  const id = freshId();
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  for (let i = 0; i < 15; i++) device.send(publishPacket('secret/x', 'x', 0));
  const stop = chatter(device);
  await untilSample(
    ...([stage.redis.client, stage.gateway, id] as const),
    ({ penalties }) => penalties.errors > 5,
  );
  stop();
  await device.leave();
});
