import { expect, test } from 'vitest';
import { Stories } from './stories.ts';
import { retellMs } from './story.ts';

const rule = {
  scope: 'device',
  reason: 'message-rate',
  rule: 'rates.device.messages',
  isObserved: false,
} as const;
const pump = { clientId: 'pump' };

test('a device that is held back for an hour has a line a minute', () => {
  const stories = new Stories();
  let lines = 0;
  let count = 0;
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 1000) {
    for (let i = 0; i < 50; i++) stories.of(rule, pump, '50/s', nowMs)!.struck('pause', 20);
    for (const story of stories.due(nowMs)) {
      lines++;
      count += story.count;
      story.told(nowMs);
    }
  }
  expect(lines).toBe(60);
  expect(count).toBeGreaterThan(170_000);
});

test('it is told soon after it begins, and again only when there is more', () => {
  const stories = new Stories();
  stories.of(rule, pump, '', 0)!.struck('pause', 20);
  expect(stories.due(500)).toEqual([]);
  const [story] = stories.due(1000);
  expect(story).toMatchObject({ count: 1, refused: 0, longestMs: 20, action: 'pause' });
  story!.told(1000);
  expect(stories.due(1000 + retellMs - 1)).toEqual([]);
  expect(stories.size).toBe(1);
  expect(stories.due(1000 + retellMs)).toEqual([]);
  expect(stories.size).toBe(0);
  expect(story!.isOver).toBe(true);
});

test('what is not told waits, and the worst that was done is told', () => {
  const stories = new Stories();
  for (const action of ['pause', 'close', 'refuse'] as const)
    stories.of(rule, pump, '', 0)!.struck(action, 1);
  expect(stories.due(1000)).toHaveLength(1);
  stories.of(rule, pump, '', 1500)!.struck('pause', 9);
  expect(stories.due(2000)[0]).toMatchObject({ count: 4, refused: 2, longestMs: 9, action: 'close' });
});

test('rules, subjects, and those that only watch have stories of their own; an address is one without its port', () => {
  const stories = new Stories();
  const first = stories.of(rule, pump, '', 0);
  expect(stories.of({ ...rule, isObserved: true }, pump, '', 0)).not.toBe(first);
  expect(stories.of({ ...rule, rule: 'rates.user.messages' }, pump, '', 0)).not.toBe(first);
  expect(stories.of(rule, { user: 'pump' }, '', 0)).not.toBe(first);
  expect(stories.of(rule, { address: '10.0.0.1:5' }, '', 0)).toBe(
    stories.of(rule, { address: '10.0.0.1:6' }, '', 0),
  );
});

test('a spray of subjects fills no memory', () => {
  const stories = new Stories(100);
  for (let i = 0; i < 1000; i++) stories.of(rule, { clientId: `d${i}` }, '', 0)?.struck('refuse', 0);
  expect(stories.size).toBe(100);
  expect(stories.of(rule, { clientId: 'd999' }, '', 0)).toBeUndefined();
});
