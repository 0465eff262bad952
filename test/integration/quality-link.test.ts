import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBadLink } from '../link/bad-link.ts';
import { ChattyDevice, type Speech } from '../link/chatty-device.ts';
import { type BadLink, clearLink } from '../link/link.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { errorsOf, freshId } from '../support/stage.ts';
import { type EventEntry, keys, qualityEventsOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

// docs/quality.md, section 7: the link of the acceptance, and how soon it has to show.
const badLink = { delayMs: 300, jitterMs: 100, lossRatio: 0.05 };
/** A proxy loses no packets: its delay has to make up for that, and who sees it only pings every five seconds. */
const slowLink = { delayMs: 500, jitterMs: 100, lossRatio: 0 };
const slowShownWithinMs = 60_000;
const shownWithinMs = 30_000;
const goneWithinMs = 60_000;

/** Less than half of what either link adds. */
const isShort = ({ rttMs }: Record<string, string>): boolean => Number(rttMs) < 100;

const speeches: readonly Speech[] = ['mqtt', 'mqtt-ws', 'plain'];

let redis: RedisServer;
let gateway: Gateway;
let link: BadLink;
const devices: ChattyDevice[] = [];

beforeAll(async () => {
  redis = await startRedis();
  link = await openBadLink(2026, ['mqtt', 'ws']);
  if (link.kind === 'bytes') {
    console.warn(
      `SKIPPED: the kernel's figures of a bad link, a proxy delays bytes instead (${link.refusal})`,
    );
  }
  const { address: host } = link;
  const listeners = [
    { name: 'mqtt', protocol: 'mqtt', host, port: 0 },
    { name: 'ws', protocol: 'ws', host, port: 0 },
  ];
  // Behind a proxy of its own the kernel would speak of the hop to that.
  const hasKernel = link.kind === 'packets';
  const quality = { kernel: hasKernel, pingIntervalMs: 5_000, pingMqtt: !hasKernel };
  // The address of the link is no loopback, but nobody else reaches it either.
  const auth = { anonymousPublic: true };
  gateway = await startGateway({ redisUrl: redis.url, config: { listeners, quality, auth } });
  for (const door of ['mqtt', 'ws']) await link.lead(door, gateway.port(door));
  for (const speech of speeches) {
    const port = link.port(speech === 'mqtt' ? 'mqtt' : 'ws');
    devices.push(await ChattyDevice.start(freshId(speech), speech, port));
  }
}, 60_000);

afterAll(async () => {
  try {
    await link?.set(clearLink);
    await Promise.all(devices.map((device) => device.stop()));
    if (gateway === undefined) return;
    expect(await gateway.stop()).toBe(0);
    expect(errorsOf(gateway)).toEqual([]);
  } finally {
    await link?.stop();
    await redis?.stop();
  }
}, 60_000);

/** The device record as it stands in Redis. */
const recordOf = ({ clientId }: ChattyDevice): Promise<Record<string, string>> =>
  redis.client.hgetall(keys.device(keys.partitionOf(clientId), clientId));

/** Waits until the record of every device says one of these bands and is as asked, and answers the records. */
async function untilBands(
  bands: readonly string[],
  deadlineMs: number,
  isRight: (record: Record<string, string>) => boolean = () => true,
): Promise<Record<string, string>[]> {
  let records: Record<string, string>[] = [];
  await until(
    () => `all devices to be ${bands.join(' or ')}; Redis says ${JSON.stringify(records)}`,
    async () => {
      records = await Promise.all(devices.map(recordOf));
      return records.every((record) => bands.includes(record['band'] ?? '') && isRight(record));
    },
    { deadlineMs, everyMs: 100 },
  );
  return records;
}

const eventsSince = async (device: ChattyDevice, sinceMs: number): Promise<EventEntry[]> =>
  (await qualityEventsOf(redis.client, device.clientId)).filter(
    ({ fields }) => Number(fields['ts']) >= sinceMs,
  );

const pointsOf = (json = ''): Record<string, number> => JSON.parse(json) as Record<string, number>;
const first = (points: Record<string, number>): string =>
  Object.entries(points).reduce((most, one) => (one[1] > most[1] ? one : most))[0];
const sumOf = (points: Record<string, number>): number =>
  Object.values(points).reduce((sum, each) => sum + each, 0);

/** Score and penalties are one sum wherever they are written. */
function expectExactSum(fields: Record<string, string>): void {
  expect(Number(fields['quality'] ?? fields['score']) + sumOf(pointsOf(fields['penalties']))).toBe(100);
}

describe('the quality of a device, over MQTT/TCP, MQTT over WebSocket and plain WebSocket', () => {
  test('is excellent on a clear link, and well measured', async () => {
    // As long as it takes to recover: a busy machine may not be well at once.
    for (const record of await untilBands(['excellent'], goneWithinMs, isShort)) expectExactSum(record);
  }, 90_000);

  test('falls to poor within 30 s of the link turning bad, with the round trip as first reason', async () => {
    const sinceMs = Date.now();
    await link.set(link.kind === 'packets' ? badLink : slowLink);
    const withinMs = link.kind === 'packets' ? shownWithinMs : slowShownWithinMs;
    const records = await untilBands(['poor', 'bad'], withinMs);
    for (const [i, record] of records.entries()) {
      expectExactSum(record);
      expect(first(pointsOf(record['penalties'])), JSON.stringify(record)).toBe('rtt');
      expect(Number(record['rttMs'])).toBeGreaterThan(220);
      const events = await eventsSince(devices[i]!, sinceMs);
      for (const { fields } of events) expectExactSum(fields);
      const fell = events.find(({ fields }) => fields['band'] === record['band'])!.fields;
      expect(first(pointsOf(fell['penalties']))).toBe('rtt');
      expect(Number(fell['ts']) - sinceMs).toBeLessThanOrEqual(withinMs);
    }
  }, 90_000);

  test('is told with its sources and in the samples of the node', async ({ skip }) => {
    skip(link.kind === 'bytes', 'the kernel measures nothing here');
    for (const device of devices) {
      const record = await recordOf(device);
      expect(JSON.parse(record['sources']!)).toEqual({ rtt: 'tcp', jitter: 'tcp', loss: 'tcp' });
      expect(Number(record['lossRatio'])).toBeGreaterThan(0);
      const line = await until(`a sample of ${device.clientId}`, () => sampleOf(device.clientId));
      expect(line[2]).toBeLessThan(75);
    }
  });

  test('recovers with the link', async () => {
    await link.set(clearLink);
    for (const record of await untilBands(['good', 'excellent'], goneWithinMs, isShort))
      expectExactSum(record);
  }, 90_000);

  test('was told as a change of band each time, and each from the band before', async () => {
    for (const device of devices) {
      const events = await eventsSince(device, 0);
      expect(events.length).toBeGreaterThanOrEqual(2);
      // That it was well from the beginning is no event.
      let band = events[0]?.fields['previousBand'];
      expect(['good', 'excellent']).toContain(band);
      for (const { fields } of events) {
        expect(fields['previousBand']).toBe(band);
        expect(fields['band']).not.toBe(band);
        band = fields['band'];
      }
      expect(['good', 'excellent']).toContain(band);
    }
  });
});

/** The newest line about a device in the samples of the gateway: `[id, epoch, score, …]`. */
async function sampleOf(clientId: string): Promise<unknown[] | undefined> {
  const entries = await redis.client.xrevrange(keys.nodeSamples(gateway.node), '+', '-');
  for (const [, flat] of entries) {
    const quality = flat[flat.indexOf('quality') + 1];
    if (!flat.includes('quality') || quality === undefined) continue;
    const line = (JSON.parse(quality) as unknown[][]).find(([id]) => id === clientId);
    if (line !== undefined) return line;
  }
  return undefined;
}
