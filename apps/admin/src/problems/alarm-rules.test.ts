import { readFileSync } from 'node:fs';
import { alarmKinds, type Group } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import type { GroupTotal } from '../streams/group-totals.ts';
import { factsOf, nodeOf } from '../testing/facts.ts';
import { rulesOfFleet, rulesWithoutRedis } from './alarm-rules.ts';
import type { Facts } from './facts.ts';

const { now, quality } = factsOf();

/** `kind:subject severity`, with `~` in front of what would only keep an alarm. */
function found(facts: Partial<Facts>): string[] {
  return [...rulesWithoutRedis, ...rulesOfFleet].flatMap((rule) =>
    rule
      .find(factsOf(facts))
      .map(
        ({ subject, severity, level }) => `${level === 'keep' ? '~' : ''}${rule.kind}:${subject} ${severity}`,
      ),
  );
}

const links = (poor: number, scored: number): Partial<Facts> => ({
  quality: { ...quality, scored, bands: { ...quality.bands, poor } },
});
const group = (more: Partial<Group>): Group => ({
  ...{ by: 'tag.fw', value: '2.4.1', size: 50, poorShare: 0.6, restShare: 0.05, lift: 5, cause: 'flaps' },
  ...{ bands: { ...quality.bands, poor: 30 }, q: 'tag.fw:2.4.1' },
  ...more,
});
const consumer = (more: Partial<GroupTotal>): GroupTotal => ({
  ...{
    name: 'billing',
    lag: null,
    behind: 0,
    pending: 0,
    oldestPendingAt: null,
    partitions: 4,
    consumers: 1,
    idleMs: 5,
  },
  ...more,
});
const duplicate = (takeovers: number, addresses: string[]): Partial<Facts> => ({
  duplicates: [{ id: 'gate', takeovers, addresses, lastAt: now }],
});
const loop = (loopDelayMs: number): Partial<Facts> => ({
  nodes: [nodeOf('n.a', { figures: { loopDelayMs, overload: { step: 'normal' } } as never })],
});
const ladder = (step: string, devices: number, isObserved = false): Partial<Facts> => ({
  nodes: [
    nodeOf('n.a', { figures: { overload: { step, reason: 'backlog', isObserved, devices } } as never }),
  ],
});

test.each<[string, Partial<Facts>, string[]]>([
  ['a fleet that is well', {}, []],
  ['Redis away', { redis: 'down' }, ['redis-down:redis critical']],
  ['Redis not reached yet', { redis: 'connecting' }, []],
  ['a silent node', { nodes: [nodeOf('n.a', { state: 'silent' })] }, ['node-silent:n.a critical']],
  ['a lost node', { nodes: [nodeOf('n.a', { state: 'lost' })] }, ['node-lost:n.a critical']],
  ['a lost node that is back', { nodes: [nodeOf('n.a', { state: 'lost' }), nodeOf('n.b')] }, []],
  ['a fifth of the fleet poor', links(20, 100), ['quality-fleet:fleet warning']],
  ['most of the fleet poor', links(60, 100), ['quality-fleet:fleet critical']],
  ['a little less than a fifth', links(16, 100), ['~quality-fleet:fleet warning']],
  ['too few devices to say', links(10, 19), []],
  ['a bad firmware', { groups: [group({})] }, ['quality-group:tag.fw=2.4.1 warning']],
  [
    'a bad firmware by two names',
    { groups: [group({}), group({ by: 'tag.site' })] },
    ['quality-group:tag.fw=2.4.1 warning'],
  ],
  [
    'a group that is hardly worse',
    { groups: [group({ lift: 1.6 })] },
    ['~quality-group:tag.fw=2.4.1 warning'],
  ],
  ['a group with few poor links', { groups: [group({ poorShare: 0.1 })] }, []],
  ['two devices of one id', duplicate(4, ['a', 'b']), ['duplicate-id:gate warning']],
  ['one device that comes back quickly', duplicate(4, ['a']), ['~duplicate-id:gate warning']],
  ['two devices behind one address', duplicate(10, ['a']), ['duplicate-id:gate warning']],
  ['five devices that flap', { flapping: 5 }, ['flapping:fleet warning']],
  ['five that flap of a thousand', { flapping: 5, connected: 1000 }, ['~flapping:fleet warning']],
  ['a group far behind', { consumers: [consumer({ behind: 10_000 })] }, ['consumer-lag:billing warning']],
  [
    'a group that sits on an entry',
    { consumers: [consumer({ pending: 1, oldestPendingAt: now - 300_000 })] },
    ['consumer-lag:billing warning'],
  ],
  [
    'a group nobody works for',
    { consumers: [consumer({ behind: 50_000, consumers: 0 })] },
    ['group-abandoned:billing warning'],
  ],
  [
    'a group that has gone home',
    { consumers: [consumer({ behind: 1, idleMs: 600_000 })] },
    ['group-abandoned:billing warning'],
  ],
  ['a group that has read all', { consumers: [consumer({ idleMs: 1e9, consumers: 0 })] }, []],
  ['a group that keeps up', { consumers: [consumer({ behind: 10 })] }, []],
  [
    'entries about to be dropped',
    { streamMaxLength: 100, furthest: new Map([['g', { partition: 3, lag: 80 }]]) },
    ['stream-nearly-full:g critical'],
  ],
  ['a length nobody told', { furthest: new Map([['g', { partition: 3, lag: 80 }]]) }, []],
  ['Redis nearly full', { memoryShare: 0.9 }, ['stream-nearly-full:redis critical']],
  ['a loop held up', loop(120), ['loop-delay:n.a warning']],
  ['a loop that hangs', loop(700), ['loop-delay:n.a critical']],
  ['an overloaded node', ladder('shed-bulk', 3), ['overload:n.a warning']],
  ['one without bulk devices', ladder('refuse-bulk', 0), []],
  ['one that reaches everybody', ladder('critical-only', 0), ['overload:n.a critical']],
  ['one that only watches', ladder('critical-only', 0, true), ['overload:n.a warning']],
  ['a loop a little late', loop(60), ['~loop-delay:n.a warning']],
  [
    'wrong passwords',
    { refused: new Map([['bad-credentials', 100]]) },
    ['refused-connects:bad-credentials warning'],
  ],
  ['whom an operator banned', { refused: new Map([['banned', 1000]]) }, []],
])('%s', (_what, facts, expected) => {
  expect(found(facts)).toEqual(expected);
});

test('a node that died with all its devices is one alarm', () => {
  const lost = nodeOf('n.a', { state: 'lost' });
  expect(found({ nodes: [lost], quality: { ...quality, scored: 0 }, connected: 0 })).toHaveLength(1);
});

test('texts say the same from one look to the next, so that nothing blinks', () => {
  const texts = (facts: Partial<Facts>) =>
    rulesOfFleet.flatMap((rule) => rule.find(factsOf(facts)).map(({ text }) => text));
  expect(texts(links(21, 100))).toEqual(texts(links(22, 100)));
  expect(texts(loop(120))).toEqual(texts(loop(130)));
});

test('every kind has a rule, and its line in the manual with how patient it is', () => {
  const rules = [...rulesWithoutRedis, ...rulesOfFleet];
  expect(rules.map(({ kind }) => kind).toSorted()).toEqual(alarmKinds.toSorted());
  const [, manual = ''] = readFileSync(
    new URL('../../../../docs/operations.md', import.meta.url),
    'utf8',
  ).split('\n## Alarms\n');
  for (const { kind, raiseAfter, closeAfter } of rules) {
    const cells =
      manual
        .split('\n')
        .find((line) => line.startsWith(`| \`${kind}\``))
        ?.split('|') ?? [];
    // The first look finds it and the later ones are two seconds apart, but for those that wait for nothing.
    expect([kind, cells[4]?.trim()]).toEqual([kind, `${raiseAfter === 1 ? 0 : raiseAfter * 2} s`]);
    expect([kind, cells[5]?.trim().split(':')[0]]).toEqual([kind, `${closeAfter * 2} s`]);
  }
});
