import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openBadLink } from './bad-link.ts';
import { type BadLink, clearLink } from './link.ts';
import { SlowProxy } from './slow-proxy.ts';

/** Whether a network device has the address. Other tests have links of their own meanwhile. */
const isThere = (address: string): boolean =>
  execFileSync('ip', ['-brief', 'address'], { encoding: 'utf8' }).includes(` ${address} `);

interface Kind {
  kind: BadLink['kind'];
  open: (doors: readonly string[]) => Promise<BadLink>;
}
const kinds: Kind[] = [
  { kind: 'packets', open: (doors) => openBadLink(7, doors) },
  { kind: 'bytes', open: (doors) => SlowProxy.start(7, doors, 'asked for') },
];

describe.each(kinds)('a bad link of $kind', ({ kind, open }) => {
  let link: BadLink;
  let server: Server;
  let client: Socket;

  beforeAll(async () => {
    link = await open(['echo']);
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

  test('is what was asked for', () => {
    if (link.kind !== kind) console.warn(`SKIPPED: whole packets on a bad link (${link.refusal})`);
    else expect(link.refusal).toBe(kind === 'bytes' ? 'asked for' : undefined);
  });

  test('adds nothing while it is clear, the delay when it is told to, and nothing again', async () => {
    const median = async (): Promise<number> => (await roundTrips(9))[4]!;
    expect(await median()).toBeLessThan(100);
    await link.set({ delayMs: 120, jitterMs: 0, lossRatio: 0 });
    const slow = await median();
    expect(slow).toBeGreaterThanOrEqual(119);
    expect(slow).toBeLessThan(400);
    await link.set(clearLink);
    expect(await median()).toBeLessThan(100);
  });

  test('varies the round trip within its jitter', async () => {
    await link.set({ delayMs: 60, jitterMs: 40, lossRatio: 0 });
    const times = await roundTrips(30);
    await link.set(clearLink);
    expect(times[0]).toBeGreaterThanOrEqual(19);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(20);
  });

  test('brings every byte, in order, whatever it loses', async () => {
    await link.set({ delayMs: 20, jitterMs: 10, lossRatio: 0.1 });
    const before = await link.count();
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer): void => void chunks.push(chunk);
    client.on('data', take);
    client.write(sent);
    const bytes = (): number => chunks.reduce((sum, { length }) => sum + length, 0);
    await until('every byte to come back', () => bytes() === sent.length, { deadlineMs: 40_000 });
    client.off('data', take);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    const after = await link.count();
    await link.set(clearLink);
    const ratio = (after.lost - before.lost) / (after.offered - before.offered);
    if (link.kind === 'bytes') expect(ratio).toBe(0);
    else expect(ratio).toBeGreaterThan(0.03);
    expect(ratio).toBeLessThan(0.2);
  });
});

test('a link leaves no network device behind', async ({ skip }) => {
  const link = await openBadLink(8, []);
  skip(link.kind === 'bytes', 'a proxy has none');
  expect(isThere(link.address)).toBe(true);
  await link.stop();
  await until('its device to be gone', () => !isThere(link.address));
});
