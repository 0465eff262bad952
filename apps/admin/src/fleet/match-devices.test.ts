import { type DeviceRow, parseFilter } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { arrivalOf, departureOf, qualitySampleOf } from '../testing/device-facts.ts';
import { FleetIndex } from './fleet-index.ts';
import { matchDevices } from './match-devices.ts';
import { globTest } from './query/glob.ts';

const nowMs = 10_000_000;
const index = new FleetIndex({ maxDevices: 1000 });
const arrive = (id: string, more: Parameters<typeof arrivalOf>[2] = {}): void =>
  index.applyArrival(arrivalOf(id, 1, { ts: nowMs - 60_000, ...more }));
const measure = (id: string, more: Parameters<typeof qualitySampleOf>[2] = {}): void =>
  index.applyQualitySample(qualitySampleOf(id, 1, more), nowMs);
const noPoints = { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };

arrive('pump-1', { tags: { site: 'berlin', fw: '2.4.1' }, node: 'gw-1.a', address: '10.1.2.3:50' });
measure('pump-1', { score: 40, band: 'poor', rttMs: 250.4, lossRatio: 0.02 });
arrive('pump-2', { tags: { site: 'rome', fw: '2.4.0' }, node: 'gw-2.b', address: '[2001:db8::7]:50' });
measure('pump-2', { score: 95, band: 'excellent', rttMs: 12, lossRatio: 0, penalties: noPoints });
arrive('Valve*7', { class: 'bulk', protocol: 'tributary.v1', transport: 'ws', sleepy: true });
measure('Valve*7', { score: undefined, band: 'unknown', penalties: noPoints, zombie: 'half-open', flaps: 9 });
arrive('gone', { address: '10.1.3.3:9' });
measure('gone', { score: 5, band: 'bad' });
index.applyDeparture(
  departureOf('gone', 1, { ts: nowMs - 7_200_000, reason: 'keep-alive-timeout', by: 'network' }),
);
arrive('mute', { node: 'gw-3.c' });
measure('mute', { score: 5, band: 'bad' });
index.setSilent((node) => node === 'gw-3.c');
index.setAside('gone', { expiry: 60, isSleepy: false, backlog: 12 });
index.applySample({ id: 'pump-2', epoch: 1, messages: 600, bytes: 9, lastSeen: nowMs }, nowMs, 0);

const found = (q: string): string => {
  const { terms, errors } = parseFilter(q);
  expect(errors).toEqual([]);
  return [...matchDevices(index, terms, nowMs, 0)].map((slot) => index.columns.id[slot]).join(' ');
};

test.each([
  ['', 'Valve*7 gone mute pump-1 pump-2'],
  ['pump', 'pump-1 pump-2'],
  ['UMP-1', 'pump-1'],
  ['valve|mute', 'Valve*7 mute'],
  ['-pump', 'Valve*7 gone mute'],
  ['u*p*2', 'pump-2'],
  ['id:pump-1', 'pump-1'],
  ['id:pump-1|gone|nobody', 'gone pump-1'],
  ['id:pump*', 'pump-1 pump-2'],
  ['id:*1|g*', 'gone pump-1'],
  ['id="Valve*7"', 'Valve*7'],
  ['id=pump*', ''],
  ['-id:pump-1 -id:g*', 'Valve*7 mute pump-2'],
  ['state:connected', 'Valve*7 pump-1 pump-2'],
  ['state:unknown|offline', 'gone mute'],
  ['cqi<50', 'pump-1'],
  ['cqi>=40 cqi<=95', 'pump-1 pump-2'],
  ['cqi:40', 'pump-1'],
  ['-cqi<50', 'Valve*7 gone mute pump-2'],
  ['band:poor|excellent', 'pump-1 pump-2'],
  ['band:unknown', 'Valve*7 gone mute'],
  ['cause:rtt', 'pump-1'],
  ['confidence:high', 'Valve*7 pump-1 pump-2'],
  ['rtt>200', 'pump-1'],
  ['rtt:250', 'pump-1'],
  ['loss>1%', 'pump-1'],
  ['loss<=0', 'pump-2'],
  ['jitter>70', 'Valve*7 pump-1 pump-2'],
  ['flaps>3', 'Valve*7'],
  ['backlog>10', 'gone'],
  ['rate>5', 'pump-2'],
  ['rate:10', 'pump-2'],
  ['last<1s', 'pump-2'],
  ['last>=1m', 'Valve*7 gone mute pump-1'],
  ['connected>30s', 'Valve*7 pump-1 pump-2'],
  ['connected>1h', ''],
  ['node:gw-1', 'pump-1 Valve*7 gone'.split(' ').sort().join(' ')],
  ['node:gw-2.b', 'pump-2'],
  ['node:gw-*', 'Valve*7 gone mute pump-1 pump-2'],
  ['class:bulk', 'Valve*7'],
  ['proto:tributary.v1 transport:ws', 'Valve*7'],
  ['zombie:*', 'Valve*7'],
  ['zombie:no-traffic', ''],
  ['sleepy:yes', 'Valve*7'],
  ['reason:keepalive', 'gone'],
  ['reason:node-silent', 'mute'],
  ['reason:""', 'Valve*7 pump-1 pump-2'],
  ['reason=keep', ''],
  ['tag.site:berlin', 'pump-1'],
  ['fw:2.4.*', 'pump-1 pump-2'],
  ['-fw:2.4.1', 'Valve*7 gone mute pump-2'],
  ['tag.site:*', 'pump-1 pump-2'],
  ['-tag.site:*', 'Valve*7 gone mute'],
  ['tag.nothing:x', ''],
  ['tag.nothing:""', 'Valve*7 gone mute pump-1 pump-2'],
  ['ip:10.1.2.3', 'pump-1'],
  ['ip:::ffff:10.1.2.3', 'pump-1'],
  ['prefix:10.1.2.0/24', 'pump-1'],
  ['prefix:10.1.0.0/16', 'gone pump-1'],
  ['prefix:2001:db8::/32', 'pump-2'],
  ['prefix:::/0', 'pump-2'],
  ['prefix:0.0.0.0/0|::/0 pump', 'pump-1 pump-2'],
  ['attention>0 state:connected', 'Valve*7 pump-1 pump-2'],
  ['band:poor node:gw-1 tag.site:berlin pump', 'pump-1'],
])('%s finds %s', (q, expected) => {
  expect(found(q).split(' ').sort().join(' ')).toBe(expected.split(' ').sort().join(' '));
});

test('what is found stands in order of ids', () => {
  expect(found('')).toBe('Valve*7 gone mute pump-1 pump-2');
  expect(found('id:pump-2|Valve?7|gone|mute')).toBe('gone mute pump-2');
});

test('a condition and its opposite share out the fleet', () => {
  for (const q of [
    'cqi<50',
    'node:gw-1',
    'pump',
    'prefix:10.0.0.0/8',
    'last>1m',
    'reason:keepalive',
    'fw:*',
  ]) {
    const both = `${found(q)} ${found(`-${q}`)}`.trim().split(/ +/);
    expect(both.sort()).toEqual(found('').split(' ').sort());
  }
});

test('a filter sees what a row shows', () => {
  const row = (id: string): DeviceRow => index.row(index.slotOf(id)!, nowMs, 0);
  for (const id of found('').split(' ')) {
    const { score, rttMs, band, state, node, rate } = row(id);
    for (const q of [`band:${band}`, `state:${state}`, `node:${node}`, `rate:${rate}`])
      expect(found(q)).toContain(id);
    if (score !== null) expect(found(`cqi:${score}`)).toContain(id);
    if (rttMs !== null) expect(found(`rtt:${rttMs}`)).toContain(id);
  }
});

test.each([
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['*', '', false],
  ['*', 'x', true],
  ['**', 'x', true],
  ['', '', true],
  ['', 'x', false],
  ['*b*d*', 'abcde', true],
  ['*d*b*', 'abcde', false],
  ['a*bc*bc', 'abc', false],
  ['.*', 'x', false],
])('the pattern %j on %j is %s', (pattern, text, answer) => expect(globTest(pattern)(text)).toBe(answer));

test('a pattern of many stars takes no longer than its text', () => {
  const test = globTest('*a'.repeat(200));
  const before = performance.now();
  for (let i = 0; i < 1000; i++) expect(test('b'.repeat(250))).toBe(false);
  expect(performance.now() - before).toBeLessThan(3000);
});
