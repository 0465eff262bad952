import { overloadSteps } from '@tributary/protocol';
import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import type { Knocking } from '../../admission/overload/door.ts';
import type { Measures } from '../../admission/overload/signals.ts';
import { Counters } from '../../counters.ts';
import { SessionRegistry } from '../registry.ts';
import { Overload, type OverloadSettings } from './overload.ts';

const settings: OverloadSettings = {
  mode: 'enforce',
  signals: { loopDelayMs: 100, heapShare: 0.8, memoryShare: 0.9, redisLatencyMs: 500, backlogShare: 0.5 },
  severe: { loopDelayMs: 200, heapShare: 0.9, memoryShare: 0.95, redisLatencyMs: 900, backlogShare: 0.9 },
  governor: { raiseMs: 1000, lowerMs: 5000, lowerBelow: 0.7 },
  gates: { leastPerSecond: 10, maxPauseMs: 5000, holdMs: 1000, maxHeldTopics: 4, maxHeldBytes: 1e6 },
  connects: { least: 1, most: 100 },
};
const calm: Measures = {
  ...{ loopDelayMs: 5, heapShare: 0.1, memoryShare: 0.1 },
  ...{ redisLatencyMs: 5, redisErrors: 0, backlogShare: 0 },
};

/** A node that is short of what it is told to be. */
function stage(more: Partial<OverloadSettings> = {}) {
  const clock = new ManualClock();
  const told: string[] = [];
  let measures = calm;
  const overload = new Overload(
    { ...settings, ...more },
    {
      registry: new SessionRegistry(),
      counters: new Counters(),
      monotonic: () => clock.monotonic(),
      measure: () => measures,
      hasRoom: () => true,
      onTransition: ({ to }) => told.push(to),
      onSlowed: () => {},
      onRefused: (by, { clientId }) => told.push(`${clientId} by ${by}`),
    },
  );
  return {
    overload,
    told,
    clock,
    pass(ms: number, short: Partial<Measures> = {}): void {
      measures = { ...calm, ...short };
      for (let at = 0; at < ms; at += 250) {
        clock.advance(250);
        overload.look();
      }
    },
  };
}

const device = (more: Partial<Knocking> = {}): Knocking => ({
  ...{ clientId: 'd', class: 'standard', isResuming: false, address: '192.0.2.1:1' },
  ...more,
});

test('whom the last step lets in: critical devices, and those that come back', () => {
  const { overload, pass, told } = stage();
  pass(8000, { redisErrors: 1 });
  expect(told).toEqual(overloadSteps.slice(1));
  expect(overload.reason).toBe('redis-errors');
  expect(overload.refusal(device())).toBe('server-busy');
  expect(overload.refusal(device({ class: 'bulk' }))).toBe('server-busy');
  expect(overload.refusal(device({ isResuming: true }))).toBeUndefined();
  expect(overload.refusal(device({ class: 'critical' }))).toBeUndefined();
  expect(overload.refused).toEqual({ 'step': 2, 'connect-limit': 0 });
});

test.each([
  ['slow-bulk', 1250, undefined],
  ['shed-bulk', 2250, undefined],
  ['refuse-bulk', 3250, 'server-busy'],
])('a new bulk device at %s', (step, ms, answer) => {
  const { overload, pass } = stage();
  pass(ms, { backlogShare: 0.6 });
  expect(overload.step).toBe(step);
  expect(overload.refusal(device({ class: 'bulk' }))).toBe(answer);
  expect(overload.refusal(device())).toBeUndefined();
});

test('a storm of connects is cut to the limit, and critical devices come in before it', () => {
  const { overload, pass } = stage();
  pass(1000);
  let inside = 0;
  for (let i = 0; i < 1000; i++) if (overload.refusal(device()) === undefined) inside++;
  expect(inside).toBe(75);
  for (let i = 0; i < 1000; i++) expect(overload.refusal(device({ class: 'critical' }))).toBeUndefined();
  pass(3000, { loopDelayMs: 110 });
  expect(overload.connectsPerSecond).toBe(70);
});

test('watching moves the ladder and counts, and turns nobody away', () => {
  const { overload, pass, told } = stage({ mode: 'observe' });
  pass(8000, { heapShare: 0.9 });
  expect(overload.step).toBe('critical-only');
  expect(overload.refusal(device({ clientId: 'pump' }))).toBeUndefined();
  expect(told.at(-1)).toBe('pump by step');
  expect(overload.gates.count).toBe(0);
});

test('off: nothing is looked at and nobody turned away', () => {
  const { overload, pass, told } = stage({ mode: 'off', connects: { least: 1, most: 1 } });
  pass(8000, { heapShare: 1 });
  for (let i = 0; i < 10; i++) expect(overload.refusal(device())).toBeUndefined();
  expect(told).toEqual([]);
});

test('switched off while it stands high, it comes down by itself', () => {
  const { overload, pass } = stage();
  pass(3000, { memoryShare: 1 });
  overload.configure({ ...settings, mode: 'off' });
  expect(overload.refusal(device({ class: 'bulk' }))).toBeUndefined();
  pass(60_000, { memoryShare: 1 });
  expect(overload.step).toBe('normal');
});

test('after a pause of the clock nothing is two steps further', () => {
  const { overload, clock } = stage();
  overload.look();
  clock.advance(3_600_000);
  overload.look();
  expect(overload.step).toBe('normal');
});
