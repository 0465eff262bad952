import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { sequenceIdOf, SyslogCollector } from '../../testing/syslog-collector.ts';
import { until } from '../../testing/until.ts';
import { commonName, makeCertificate, pemOf } from '../../testing/x509.ts';
import type { AuditRecord } from '../audit-record.ts';
import { recordOf } from '../audit-record.ts';
import { Backoff } from './backoff.ts';
import { syslogMessage, type SyslogOrigin } from './message.ts';
import { SyslogSink, type SyslogSinkOptions } from './syslog-sink.ts';

const origin: SyslogOrigin = {
  facility: 'authpriv',
  hostName: 'host.example',
  appName: 'tributary',
  processId: 7,
  enterpriseNumber: 32_473,
};
const time = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const record = (seq: number, more: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ kind: 'connected', outcome: 'success', time, node: 'gw-1.a', seq },
  ...more,
});

describe('a message of RFC 5424', () => {
  test('has its header, the standard counter, our data and a text', () => {
    const refused = record(9, {
      kind: 'connection-refused',
      outcome: 'failure',
      source: '[2001:db8::1]:5000',
      reason: 'server-busy',
      count: 3,
    });
    expect(syslogMessage(refused, origin)).toBe(
      '<84>1 2026-01-02T03:04:05.006Z host.example tributary 7 connection-refused ' +
        '[meta sequenceId="9"][tributary@32473 node="gw-1.a" outcome="failure" ' +
        'source="[2001:db8::1\\]:5000" reason="server-busy" count="3"] connection-refused failure: server-busy',
    );
  });

  test.each([
    ['a"b', 'a\\"b'],
    ['a\\b', 'a\\\\b'],
    ['a]b', 'a\\]b'],
    ['"] [x@1 y="z', '\\"\\] [x@1 y=\\"z'],
    ['\\"]', '\\\\\\"\\]'],
    ['line\nbreak', 'line\ufffdbreak'],
    ['Ängström 🚚', 'Ängström 🚚'],
  ])('escapes what a client id must not end (section 6.3.3): %j', (clientId, written) => {
    const cleaned = recordOf({ kind: 'connected', outcome: 'success', clientId }, time, 'n', 1);
    expect(syslogMessage(cleaned, origin)).toContain(` clientId="${written}"] `);
  });

  test('keeps what a device chose out of its header and its text', () => {
    const message = syslogMessage(record(1, { clientId: 'evil', user: 'evil', detail: 'evil' }), origin);
    const data = message.slice(message.indexOf('[tributary@'), message.lastIndexOf(']') + 1);
    expect(message.replace(data, '')).not.toContain('evil');
  });

  test('fits a datagram even when everything in it is as long as may be and escaped', () => {
    const long = ']'.repeat(70_000);
    const texts = { source: long, destination: long, protocol: long, clientId: long, user: long };
    const more = { authenticator: long, reason: long, detail: long };
    const worst = recordOf(
      { kind: 'authentication-failed', outcome: 'failure', ...texts, ...more },
      time,
      'n',
      1,
    );
    expect(Buffer.byteLength(syslogMessage(worst, origin))).toBeLessThan(4096);
  });

  test('has no blank in a header field, and a dash for an empty one', () => {
    const odd = { ...origin, hostName: 'my host ä', appName: '' };
    expect(syslogMessage(record(1), odd)).toMatch(/^<86>1 \S+Z my_host__ - 7 connected \[/);
  });

  test('counts from 1 again behind the largest number of the standard (section 7.3.1)', () => {
    expect(syslogMessage(record(2_147_483_648), origin)).toContain('sequenceId="1"');
  });
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function openSink(options: Partial<SyslogSinkOptions>) {
  const news: string[] = [];
  const sink = new SyslogSink(
    {
      protocol: 'tcp',
      host: '127.0.0.1',
      port: 0,
      tls: {},
      origin,
      maxBufferBytes: 1e6,
      random: () => 0,
      ...options,
    },
    { onDown: (_sink, why) => void news.push(why), onUp: () => void news.push('up') },
  );
  closers.push(() => sink.stop());
  return { sink, news };
}

test('over TCP every message has its length before it, and they come in order', async () => {
  const collector = await SyslogCollector.open();
  const { sink } = openSink({ port: collector.port });
  for (let seq = 1; seq <= 500; seq++) sink.write(record(seq, { clientId: 'Ä\n]' }));
  await until('all messages', () => collector.messages.length === 500);
  expect(collector.numbers()).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  expect(sink.dropped).toBe(0);
});

test('a collector that was away gets what waited, and the log says so once', async () => {
  const first = await SyslogCollector.open();
  const { port } = first;
  const { sink, news } = openSink({ port });
  sink.write(record(1));
  await until('the first', () => first.messages.length === 1);
  await first.close();
  await until('the end', () => news.length === 1);
  for (const seq of [2, 3]) sink.write(record(seq));
  const second = await SyslogCollector.open(port);
  await until('the rest', () => second.messages.length === 2);
  expect(second.numbers()).toEqual([2, 3]);
  expect(news.at(-1)).toBe('up');
});

test('a collector that takes nothing costs the buffer and no more', async () => {
  const { sockets, port } = await SyslogCollector.open();
  const { sink } = openSink({ port, maxBufferBytes: 100_000 });
  sink.write(record(1));
  await until('a connection', () => sockets.size === 1);
  for (const socket of sockets) socket.pause();
  for (let seq = 2; seq <= 2000; seq++) sink.write(record(seq, { detail: 'x'.repeat(400) }));
  expect(sink.dropped).toBeGreaterThan(0);
  expect(sink.waitingBytes).toBeLessThan(300_000);
});

test('what was on its way to a collector that takes nothing is lost when the node stops, and counted', async () => {
  const collector = await SyslogCollector.open();
  const { sockets, port } = collector;
  const { sink } = openSink({ port, maxBufferBytes: 32e6 });
  sink.write(record(1));
  await until('a connection', () => sockets.size === 1);
  for (const socket of sockets) socket.pause();
  // More than the kernel keeps for the two of them.
  const count = 30_000;
  for (let seq = 2; seq <= count; seq++) sink.write(record(seq, { detail: 'x'.repeat(500) }));
  await until('a write that waits', () => sink.waitingBytes > 0);
  await sink.stop();
  const lost = sink.dropped;
  expect(sink.waitingBytes).toBe(0);
  const collected = new Promise<void>((resolve) => {
    for (const socket of sockets) socket.once('close', () => resolve()).resume();
  });
  await collected;
  expect(collector.messages.length + lost).toBeGreaterThanOrEqual(count);
});

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-syslog-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const authority = makeCertificate(commonName('Logs'), { isAuthority: true });
  const stranger = makeCertificate(commonName('Stranger'), { isAuthority: true });
  const own = pemOf(makeCertificate(commonName('collector'), { serial: 2, issuer: authority }));
  const caFile = join(folder, 'ca.pem');

  test('messages go to a collector the authority vouches for', async () => {
    await writeFile(caFile, pemOf(authority).cert);
    const collector = await SyslogCollector.open(0, own);
    const { sink } = openSink({ protocol: 'tls', port: collector.port, tls: { caFile } });
    for (const seq of [1, 2, 3]) sink.write(record(seq));
    await until('three messages', () => collector.messages.length === 3);
    expect(collector.numbers()).toEqual([1, 2, 3]);
  });

  test.each([
    [
      'another authority signed',
      () => writeFile(caFile, pemOf(stranger).cert),
      /unable to verify|self-signed|signature/,
    ],
    ['whose authority cannot be read', () => rm(caFile, { force: true }), /ENOENT/],
  ])('nothing goes to one %s, and the log says why', async (_, prepare, why) => {
    await prepare();
    const collector = await SyslogCollector.open(0, own);
    const { sink, news } = openSink({ protocol: 'tls', port: collector.port, tls: { caFile } });
    sink.write(record(1));
    await until('news', () => news.length === 1);
    expect(news[0]).toMatch(why);
    expect(collector.messages).toEqual([]);
    expect(sink.waitingBytes).toBeGreaterThan(0);
  });
});

test('over UDP each message is a datagram', async () => {
  const receiver = createSocket('udp4');
  closers.push(() => new Promise<void>((resolve) => void receiver.close(resolve)));
  const messages: string[] = [];
  receiver.on('message', (message) => messages.push(message.toString()));
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { sink } = openSink({ protocol: 'udp', port: receiver.address().port });
  for (const seq of [1, 2, 3]) sink.write(record(seq));
  await until('three datagrams', () => messages.length === 3);
  expect(messages.map(sequenceIdOf).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(messages[0]).toMatch(/^<86>1 /);
});

test('a host that cannot be found is told once, and harms nobody', async () => {
  const { sink, news } = openSink({ protocol: 'udp', host: 'no-such-host.invalid' });
  for (let seq = 1; seq <= 100; seq++) sink.write(record(seq));
  await until('news', () => news.length === 1);
  await sink.stop();
});

test('pauses between attempts double up to half a minute', () => {
  const backoff = new Backoff(() => 0.999_999);
  const pauses = Array.from({ length: 7 }, () => Math.round(backoff.nextMs() / 1000));
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30]);
  backoff.reset();
  expect(Math.round(backoff.nextMs() / 1000)).toBe(1);
});
