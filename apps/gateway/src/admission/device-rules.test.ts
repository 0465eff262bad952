import { expect, test } from 'vitest';
import { DeviceRules, plainTraits } from './device-rules.ts';
import { matchesGlob } from './glob.ts';

test.each([
  ['truck-*', 'truck-1', true],
  ['truck-*', 'truck-', true],
  ['truck-*', 'a truck-1', false],
  ['*', '', true],
  ['**', 'x', true],
  ['', '', true],
  ['', 'x', false],
  ['*-eu-*', 'a-eu-b-eu-c', true],
  ['a*b*c', 'abxbc', true],
  ['a*b*c', 'abxbd', false],
  ['a.c', 'abc', false],
  ['[a]', '[a]', true],
  ['*🚚', 'x🚚', true],
])('%j matches %j: %s', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

test('a pattern made to be slow is not', () => {
  const start = performance.now();
  expect(matchesGlob('*a'.repeat(30) + 'b', 'a'.repeat(256))).toBe(false);
  expect(performance.now() - start).toBeLessThan(2000);
});

const rules = [
  { match: 'truck-eu-*', tags: { region: 'eu' }, sleepy: true },
  { match: 'truck-*', class: 'critical', sleepy: false, tags: { region: 'world', kind: 'truck' } },
  { match: '*', class: 'bulk', tags: {} },
] as const;

test('of the rules that match, the first that says something about a trait wins', () => {
  const devices = new DeviceRules({ rules, acceptTags: true }, { tagsLeftOut: 0 });
  expect(devices.traitsOf('truck-eu-1', [])).toEqual({
    class: 'critical',
    isSleepy: true,
    tags: { region: 'eu', kind: 'truck' },
  });
  expect(devices.traitsOf('truck-us-1', []).isSleepy).toBe(false);
  expect(devices.traitsOf('lamp', [])).toEqual({ class: 'bulk', isSleepy: false, tags: {} });
  expect(new DeviceRules({ rules: [], acceptTags: true }, { tagsLeftOut: 0 }).traitsOf('lamp', [])).toBe(
    plainTraits,
  );
});

test('a device may add tags, and not change those operators gave it', () => {
  const counters = { tagsLeftOut: 0 };
  const devices = new DeviceRules({ rules, acceptTags: true }, counters);
  const said = [
    ['region', 'moon'],
    ['fw', '7'],
    ['Bad Name', 'x'],
  ] as const;
  expect(devices.traitsOf('truck-1', said).tags).toEqual({ region: 'world', kind: 'truck', fw: '7' });
  expect(counters.tagsLeftOut).toBe(1);
});

test('tags of devices are not looked at where they are not accepted', () => {
  const devices = new DeviceRules({ rules: [], acceptTags: false }, { tagsLeftOut: 0 });
  expect(devices.traitsOf('x', [['fw', '7']])).toBe(plainTraits);
});
