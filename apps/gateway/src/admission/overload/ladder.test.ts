import { overloadSteps, serviceClasses } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { rulesOf, stepBeside } from './ladder.ts';
import { pressures, worstOf } from './signals.ts';

test('asks nothing of critical devices, at any step', () => {
  for (const step of overloadSteps)
    expect(rulesOf(step, 'critical')).toEqual({ isSlowed: false, isShed: false, isRefused: false });
});

test.each([
  ['normal', '', ''],
  ['slow-bulk', 'slowed', ''],
  ['shed-bulk', 'slowed shed', ''],
  ['refuse-bulk', 'slowed shed refused', ''],
  ['slow-standard', 'slowed shed refused', 'slowed'],
  ['critical-only', 'slowed shed refused', 'slowed refused'],
] as const)('at %s of bulk: %s, of standard: %s', (step, bulk, standard) => {
  const words = (serviceClass: 'bulk' | 'standard'): string => {
    const { isSlowed, isShed, isRefused } = rulesOf(step, serviceClass);
    return [isSlowed && 'slowed', isShed && 'shed', isRefused && 'refused'].filter(Boolean).join(' ');
  };
  expect([words('bulk'), words('standard')]).toEqual([bulk, standard]);
});

test('a step does all that those before it do', () => {
  for (const serviceClass of serviceClasses)
    for (const step of overloadSteps)
      for (const [rule, holds] of Object.entries(rulesOf(step, serviceClass)))
        if (holds) expect(rulesOf(stepBeside(step, 1), serviceClass)).toHaveProperty(rule, true);
});

test('the worst signal is the one nearest to its limit', () => {
  const limits = {
    loopDelayMs: 100,
    heapShare: 0.8,
    memoryShare: 0.9,
    redisLatencyMs: 500,
    backlogShare: 0.5,
  };
  const quiet = {
    loopDelayMs: 10,
    heapShare: 0.1,
    memoryShare: 0.1,
    redisLatencyMs: 5,
    redisErrors: 0,
    backlogShare: 0,
  };
  const worst = (more: Partial<typeof quiet>) => worstOf(pressures({ ...quiet, ...more }, limits));
  expect(worst({ backlogShare: 0.25 })).toEqual({ signal: 'backlog', value: 0.5 });
  expect(worst({ loopDelayMs: 150, redisLatencyMs: 600 })).toEqual({ signal: 'loop-delay', value: 1.5 });
  expect(worst({ redisErrors: 1 })).toEqual({ signal: 'redis-errors', value: 1 });
});
