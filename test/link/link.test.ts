import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openBadLink } from './bad-link.ts';
import { type BadLink, clearLink } from './link.ts';

const links = (): string => execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' });

let link: BadLink;
let server: Server;
let client: Socket;

beforeAll(async () => {
  link = await openBadLink(7, ['echo']);
  if (link.kind === 'bytes') console.warn(`SKIPPED: whole packets on a bad link (${link.refusal})`);
  server = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  server.listen(0, link.address);
  await once(server, 'listening');
  await link.lead('echo', (server.address() as AddressInfo).port);
  client = connect({ port: link.port('echo'), host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
});

afterAll(async () => {
  client.destroy();
  await link.stop();
  server.close();
});

/** Milliseconds until the echo of one byte is back. */
async function roundTrip(): Promise<number> {
  const start = performance.now();
  client.write('x');
  await once(client, 'data');
  return performance.now() - start;
}

async function roundTrips(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) times.push(await roundTrip());
  return times.sort((one, other) => one - other);
}

describe('a bad link', () => {
  test('adds nothing while it is clear, the delay when it is told to, and nothing again', async () => {
    const median = async (): Promise<number> => (await roundTrips(9))[4]!;
    expect(await median()).toBeLessThan(50);
    await link.set({ delayMs: 120, jitterMs: 0, lossRatio: 0 });
    const slow = await median();
    expect(slow).toBeGreaterThanOrEqual(119);
    expect(slow).toBeLessThan(200);
    await link.set(clearLink);
    expect(await median()).toBeLessThan(50);
  });

  test('varies the round trip within its jitter', async () => {
    await link.set({ delayMs: 60, jitterMs: 40, lossRatio: 0 });
    const times = await roundTrips(30);
    await link.set(clearLink);
    expect(times[0]).toBeGreaterThanOrEqual(19);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(20);
  });

  test('loses whole packets, and TCP brings every byte all the same', async ({ skip }) => {
    skip(link.kind === 'bytes', 'a proxy loses nothing');
    await link.set({ delayMs: 0, jitterMs: 0, lossRatio: 0.1 });
    const before = await link.count();
    let bytes = 0;
    const count = (chunk: Buffer): void => void (bytes += chunk.length);
    client.on('data', count);
    client.write(Buffer.alloc(200_000));
    await until('every byte to come back', () => bytes === 200_000, { deadlineMs: 40_000 });
    client.off('data', count);
    await link.set(clearLink);
    const after = await link.count();
    const ratio = (after.lost - before.lost) / (after.offered - before.offered);
    expect(ratio).toBeGreaterThan(0.04);
    expect(ratio).toBeLessThan(0.2);
  });

  test('leaves no network device behind', async ({ skip }) => {
    skip(link.kind === 'bytes', 'a proxy has none');
    const before = links();
    const other = await openBadLink(8, []);
    expect(links()).not.toBe(before);
    await other.stop();
    await until('its device to be gone', () => links() === before);
  });
});
