import { type OverloadStep, overloadSteps } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { Governor, type Situation } from './governor.ts';

const limits = { raiseMs: 1000, lowerMs: 5000, lowerBelow: 0.7 };
const lookMs = 250;

/** A governor, and what it did by when. */
function stage() {
  const governor = new Governor(limits);
  let nowMs = 0;
  const moves: [atMs: number, OverloadStep][] = [];
  return {
    governor,
    moves,
    steps: () => moves.map(([, step]) => step),
    /** The worst signal stands at `value` for so long. */
    hold(value: number, ms: number, more: Partial<Situation> = {}): void {
      const pressure = { value, signal: 'loop-delay' } as const;
      const situation = { early: pressure, severe: pressure, isHoldingBulk: false, isHoldingStandard: false };
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += lookMs) {
        const moved = governor.look({ ...situation, ...more }, nowMs);
        if (moved === undefined) continue;
        expect(moved.from).toBe(moves.at(-1)?.[1] ?? 'normal');
        moves.push([nowMs, moved.to]);
      }
    },
  };
}

test('takes the steps in order, a dwell time apart, and stays at the last', () => {
  const { governor, hold, moves, steps } = stage();
  hold(1.5, 20_000);
  expect(steps()).toEqual(overloadSteps.slice(1));
  expect(moves.map(([atMs]) => atMs)).toEqual([1000, 2000, 3000, 4000, 5000]);
  expect(governor.reason).toBe('loop-delay');
});

test('takes them back in order, each after its own time of calm', () => {
  const { governor, hold, moves, steps } = stage();
  hold(1, 6000);
  moves.length = 0;
  moves.push([6000, 'critical-only']);
  hold(0.2, 40_000);
  expect(steps()).toEqual(overloadSteps.toReversed());
  const gaps = moves.slice(1).map(([atMs], i) => atMs - (moves[i]?.[0] ?? 0));
  expect(gaps).toEqual([5000, 5000, 5000, 5000, 5000]);
  expect(governor.reason).toBeUndefined();
});

test('a peak that is shorter than the dwell time moves nothing', () => {
  const { hold, moves } = stage();
  for (let i = 0; i < 20; i++) {
    hold(3, 750);
    hold(0.5, 250);
  }
  expect(moves).toEqual([]);
});

test('between the lower mark and the limit nothing moves, for as long as it takes', () => {
  const { hold, moves, steps } = stage();
  hold(1, 1250);
  expect(steps()).toEqual(['slow-bulk']);
  hold(0.85, 600_000);
  expect(moves).toHaveLength(1);
});

describe('a load that comes back as soon as it is let', () => {
  /** Overloaded while nothing is held back, calm as soon as bulk is slowed. */
  function cycles(ms: number) {
    const { governor, hold, moves } = stage();
    for (let passedMs = 0; passedMs < ms; passedMs += lookMs)
      hold(governor.step === 'normal' ? 1.2 : 0.4, lookMs);
    return moves;
  }

  test('makes the way down slower each time, up to eight times', () => {
    const downs = cycles(300_000).filter(([, step]) => step === 'normal');
    const ups = cycles(300_000).filter(([, step]) => step === 'slow-bulk');
    const heldMs = downs.map(([atMs], i) => atMs - ups[i]![0]);
    expect(heldMs.slice(0, 5)).toEqual([5000, 10_000, 20_000, 40_000, 40_000].map((held) => held + lookMs));
  });

  test('moves no more than four times in a minute in the end', () => {
    const late = cycles(600_000).filter(([atMs]) => atMs >= 540_000);
    expect(late.length).toBeLessThanOrEqual(4);
  });
});

test('a node that was calm for long is patient no more than at first', () => {
  const { hold, moves } = stage();
  for (const calmMs of [5500, 10_500, 20_500, 41_000]) {
    hold(1.2, 1250);
    hold(0.1, calmMs);
  }
  hold(0.1, 45_000);
  moves.length = 0;
  hold(1.2, 1250);
  hold(0.1, 5500);
  expect(moves.map(([, step]) => step)).toEqual(['slow-bulk', 'normal']);
});

test('standard devices pay at their own limits, later than bulk', () => {
  const { hold, steps } = stage();
  hold(4, 60_000, { severe: { value: 0.9, signal: 'heap' } });
  expect(steps()).toEqual(['slow-bulk', 'shed-bulk', 'refuse-bulk']);
  hold(4, 1250, { severe: { value: 1, signal: 'heap' } });
  expect(steps().at(-1)).toBe('slow-standard');
  // Still too much for bulk, and good enough for the others.
  hold(4, 5500, { severe: { value: 0.5, signal: 'heap' } });
  expect(steps().at(-1)).toBe('refuse-bulk');
});

test('a class is not let loose while its pace holds it back: the calm is the doing of the pace', () => {
  const { hold, steps } = stage();
  hold(1, 2250);
  hold(0.3, 60_000, { isHoldingBulk: true });
  expect(steps()).toEqual(['slow-bulk', 'shed-bulk', 'slow-bulk']);
  hold(0.3, 5250);
  expect(steps().at(-1)).toBe('normal');
});

test('other limits hold from the next look on', () => {
  const { governor, hold, steps } = stage();
  hold(1, 750);
  governor.configure({ ...limits, raiseMs: 250 });
  hold(1, 250);
  expect(steps()).toEqual(['slow-bulk']);
});
