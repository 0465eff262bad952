import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { commonName, makeCertificate, makeList } from '../../testing/x509.ts';
import { RevocationSource } from './revocation-source.ts';

const authority = makeCertificate(commonName('Fleet CA'));
const now = 1_700_000_100_000;
const listOf = (serials: number[], thisUpdate = 1_700_000_000_000) =>
  makeList(authority, { serials, thisUpdate });

/** A source that asks this server, and what became of it. */
async function sourceOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  timeoutMs = 8000,
) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const told: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list.crl?token=hunter2`;
  const source = new RevocationSource(
    'url',
    url,
    { refreshMs: 60_000, timeoutMs },
    {
      authorities: () => [authority.certificate],
      now: () => now,
      onLists: (isFetched) => void told.push(isFetched ? 'fetched' : 'first'),
      onTrouble: (place, error) => {
        told.push(error.message);
        expect(place).toMatch(/list\.crl\?\*\*\*$/);
      },
    },
  );
  onTestFinished(() => {
    source.stop();
    server.closeAllConnections();
    server.close();
  });
  return { source, told, asked };
}

test('a list is fetched, and asked for again only when it has changed', async () => {
  let serials = [7];
  const { source, told, asked } = await sourceOf((request, response) => {
    const etag = `"${serials.length}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { etag }).end(listOf(serials, 1_700_000_000_000 + serials.length));
  });
  await source.first();
  await source.read();
  expect(source.lists[0]!.revoked.size).toBe(1);
  serials = [7, 8];
  await source.read();
  expect(source.lists[0]!.revoked.size).toBe(2);
  expect(told).toEqual(['first', 'fetched']);
  expect(asked).toHaveLength(3);
});

test.each<[string, (response: ServerResponse) => void, RegExp, number?]>([
  [
    'a redirect',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /answered 302/,
  ],
  ['an error', (response) => response.writeHead(500).end('x'), /answered 500/],
  ['garbage', (response) => response.end('<html>'), /no revocation list/],
  ['nothing', (response) => response.end(), /no revocation list/],
  [
    'a list that is cut off',
    (response) => response.end(listOf([7]).subarray(0, 90)),
    /longer than what holds it/,
  ],
  ['no answer', () => undefined, /no answer within 1000 ms/, 1000],
  ['a body that never ends', (response) => void response.write('x'), /no answer within 1000 ms/, 1000],
  [
    'a body without end',
    (response) => {
      const chunk = Buffer.alloc(1024 * 1024, 0x30);
      const more = (): void => void (response.writable && response.write(chunk, () => setImmediate(more)));
      more();
    },
    /more than 16777216 bytes/,
  ],
  ['a connection that breaks', (response) => void response.destroy(), /socket hang up|ECONNRESET/],
])(
  '%s is told of once, in bounded time, and the list of before stays',
  async (_what, spoil, words, timeoutMs) => {
    let isSpoilt = false;
    const { source, told } = await sourceOf((_request, response) => {
      if (isSpoilt) spoil(response);
      else response.end(listOf([7]));
    }, timeoutMs);
    await source.first();
    isSpoilt = true;
    await source.read();
    await source.read();
    expect(told).toHaveLength(2);
    expect(told[1]).toMatch(words);
    expect(told[1]).not.toContain('list.crl');
    expect(source.lists[0]!.revoked.size).toBe(1);
  },
);

test('an old list does not come back, signed as it is', async () => {
  let list = listOf([7], 1_700_000_050_000);
  const { source, told } = await sourceOf((_request, response) => void response.end(list));
  await source.first();
  list = listOf([]);
  await source.read();
  expect(told[1]).toMatch(/older/);
  expect(source.lists[0]!.revoked.size).toBe(1);
});

test('what asks twice at a time is answered by one more look behind', async () => {
  const { source, asked } = await sourceOf((_request, response) => void response.end(listOf([7])));
  await Promise.all([source.read(), source.read(), source.read()]);
  await until('the look behind', () => asked.length === 2);
});

test('a server that is not there yet is asked again', async () => {
  let isThere = false;
  const { source, told } = await sourceOf((_request, response) => {
    if (isThere) response.end(listOf([7]));
    else response.destroy();
  });
  await source.first();
  expect(source.lists).toEqual([]);
  isThere = true;
  await source.read();
  expect(told.at(-1)).toBe('first');
});
