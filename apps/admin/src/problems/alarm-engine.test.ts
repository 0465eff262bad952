import { expect, test } from 'vitest';
import { factsOf } from '../testing/facts.ts';
import { AlarmEngine, alarmView, stateOf } from './alarm-engine.ts';
import type { AlarmRule, Finding } from './rule.ts';

const begin = factsOf().now;

const finding = (subject: string, more: Partial<Finding> = {}): Finding => ({
  ...{ subject, severity: 'warning', text: `${subject} is ill`, link: '/', level: 'raise' },
  ...more,
});

/** A rule that finds what it is told to; raised after 3, closed after 2. */
class TestRule implements AlarmRule {
  readonly kind = 'loop-delay';
  readonly raiseAfter = 3;
  readonly closeAfter = 2;
  findings: Finding[] = [];
  find(): Finding[] {
    return this.findings;
  }
}

/** Evaluates once for each list of findings, two seconds apart. */
function play(engine: AlarmEngine, rule: TestRule, steps: Finding[][], from = begin): string[] {
  return steps.flatMap((findings, i) => {
    rule.findings = findings;
    const { raised, closed } = engine.evaluate([rule], factsOf({ now: from + i * 2000 }));
    return [...raised.map((id) => `+${id}`), ...closed.map((id) => `-${id}`)];
  });
}

const a = [finding('a')];
const kept = [finding('a', { level: 'keep' })];
const none: Finding[] = [];

test.each([
  ['raised when found three times in a row', [a, a, a], ['+loop-delay:a']],
  ['not when found with a gap', [a, a, none, a, a], []],
  ['not when a little less is found in between', [a, a, kept, a, a], []],
  [
    'closed when not found twice in a row',
    [a, a, a, none, a, none, none],
    ['+loop-delay:a', '-loop-delay:a'],
  ],
  ['kept by what would not raise it', [a, a, a, kept, kept, kept, kept], ['+loop-delay:a']],
  ['never raised by that', [kept, kept, kept, kept], []],
  [
    'raised anew after it was closed',
    [a, a, a, none, none, a, a, a],
    ['+loop-delay:a', '-loop-delay:a', '+loop-delay:a'],
  ],
])('an alarm is %s', (_what, steps, changes) => {
  expect(play(new AlarmEngine(), new TestRule(), steps)).toEqual(changes);
});

test('tells since when, as of when, and whether it is over', () => {
  const engine = new AlarmEngine();
  const rule = new TestRule();
  play(engine, rule, [a, a, a, [finding('a', { severity: 'critical', text: 'worse' })]]);
  expect(engine.get('loop-delay:a')).toMatchObject({
    ...{ raisedAt: begin + 4000, seenAt: begin + 6000, closedAt: null, severity: 'critical', text: 'worse' },
  });
  play(engine, rule, [none, none], begin + 8000);
  expect(engine.get('loop-delay:a')?.closedAt).toBe(begin + 10_000);
});

test('closing ends the acknowledgement, but not the mute of a cause that comes and goes', () => {
  const engine = new AlarmEngine();
  const rule = new TestRule();
  play(engine, rule, [a, a, a]);
  const record = engine.get('loop-delay:a')!;
  engine.put({ ...record, acknowledgedBy: 'anna' });
  expect(stateOf(engine.get(record.id)!, begin)).toBe('acknowledged');
  engine.put({ ...record, acknowledgedBy: 'anna', mutedUntil: begin + 60_000, mutedBy: 'ben' });
  expect(stateOf(engine.get(record.id)!, begin)).toBe('muted');
  play(engine, rule, [none, none, a, a, a], begin + 6000);
  const again = alarmView(engine.get(record.id)!, begin + 20_000);
  expect(again).toMatchObject({ state: 'muted', acknowledgedBy: null, mutedBy: 'ben' });
  expect(again).not.toHaveProperty('changedAt');
  expect(stateOf(engine.get(record.id)!, begin + 60_000)).toBe('open');
});

test('the later stage of the same trouble takes the place of the earlier', () => {
  const engine = new AlarmEngine();
  const early = new TestRule();
  play(engine, early, [a, a, a]);
  const late: AlarmRule = {
    kind: 'node-lost',
    raiseAfter: 1,
    closeAfter: 1,
    follows: 'loop-delay',
    find: () => a,
  };
  engine.evaluate([late], factsOf({ now: begin + 10_000 }));
  expect(engine.records()).toMatchObject([{ id: 'node-lost:a', raisedAt: begin + 4000 }]);
});

test('of one kind only so many are raised, and closed ones are forgotten', () => {
  const engine = new AlarmEngine();
  const rule = new TestRule();
  const many = Array.from({ length: 1000 }, (_, i) => finding(`d${i}`));
  play(engine, rule, [many, many, many]);
  expect(engine.records()).toHaveLength(20);
  play(engine, rule, [none, none], begin + 10_000);
  expect(engine.records()).toHaveLength(20);
  play(engine, rule, [none], begin + 90_000_000);
  expect(engine.records()).toEqual([]);
});

test('closed ones never fill the memory', () => {
  const engine = new AlarmEngine();
  const rule = new TestRule();
  for (let round = 0; round < 30; round++) {
    const some = Array.from({ length: 20 }, (_, i) => finding(`r${round}-${i}`));
    play(engine, rule, [some, some, some, none, none], begin + round * 10_000);
  }
  expect(engine.records().length).toBeLessThanOrEqual(220);
});
