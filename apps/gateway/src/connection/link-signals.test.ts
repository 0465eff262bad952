import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ManualClock } from '@tributary/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Counters } from '../counters.ts';
import { until } from '../testing/until.ts';
import { arrivalOf } from '../transports/arrival.ts';
import { TcpTransport } from '../transports/tcp.ts';
import { Deadlines } from './deadlines.ts';
import { InboundBytes } from './inbound-bytes.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { OutboxFlusher } from './outbox.ts';

let clock: ManualClock;
let deadlines: Deadlines;
let listener: Server;
let client: Socket;
let connection: MqttConnection;

beforeEach(async () => {
  clock = new ManualClock();
  clock.advance(1000);
  deadlines = new Deadlines(() => clock.monotonic());
  listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  client = connect((listener.address() as { port: number }).port, '127.0.0.1');
  const [socket] = (await once(listener, 'connection')) as [Socket];
  const transport = new TcpTransport(socket, arrivalOf(socket));
  connection = new MqttConnection(transport, 'mqtt', {
    deadlines,
    flusher: new OutboxFlusher(),
    counters: new Counters(),
    inbound: new InboundBytes(1 << 20),
    limits: {
      ...{ handshakeTimeoutMs: 60_000, maxPacketBytes: 1000, maxTopicBytes: 100, maxTopicLevels: 9 },
      ...{ maxOutboxBytes: 1 << 20, slowConsumerMs: 60_000 },
    },
    now: () => clock.now(),
    onBug: (error) => expect.fail(String(error)),
  });
  transport.attach(connection);
});

afterEach(() => {
  client.destroy();
  listener.close();
});

const stalledMs = (): number => connection.takeStalledMs(clock.monotonic());
const silenceMs = (): number => connection.takeSilenceMs(clock.monotonic());

test('a socket that refuses bytes is stalled until it takes them', async () => {
  client.pause();
  connection.send(Buffer.alloc(32 << 20));
  connection.flush();
  expect(connection.transport.isBlocked).toBe(true);
  clock.advance(3000);
  expect(stalledMs()).toBe(3000);
  clock.advance(500);
  client.resume();
  await until('the socket to drain', () => !connection.transport.isBlocked);
  clock.advance(2000);
  expect(stalledMs()).toBe(500);
  expect(stalledMs()).toBe(0);
});

test('a socket that takes everything is never stalled', () => {
  connection.send(Buffer.alloc(100));
  connection.flush();
  clock.advance(5000);
  expect(stalledMs()).toBe(0);
});

test('the longest silence is told once, also when it was broken since', async () => {
  const speak = async (): Promise<void> => {
    const before = connection.bufferedBytes;
    client.write(Buffer.from([0x10]));
    await until('the byte', () => connection.bufferedBytes > before || connection.state === 'closed');
  };
  clock.advance(7000);
  deadlines.tick();
  await speak();
  clock.advance(2000);
  deadlines.tick();
  expect(silenceMs()).toBe(7000);
  expect(silenceMs()).toBe(2000);
  clock.advance(1000);
  expect(silenceMs()).toBe(3000);
});

test('a connection that is not read is not silent', () => {
  connection.pause(2);
  clock.advance(30_000);
  expect(silenceMs()).toBe(0);
});
