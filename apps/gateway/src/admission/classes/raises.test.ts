import { expect, test } from 'vitest';
import { Raises } from './raises.ts';

const [critical, standard, bulk] = [0, 1, 2];

test('a raise holds for its time, and never lowers', () => {
  const raises = new Raises();
  raises.raise('topic', critical, 0, 100);
  expect([0, 99, 100].map((nowMs) => raises.rankAt(bulk, nowMs))).toEqual([critical, critical, bulk]);
  raises.raise('command', standard, 0, 200);
  expect([0, 150].map((nowMs) => raises.rankAt(bulk, nowMs))).toEqual([critical, standard]);
  expect(raises.rankAt(critical, 150)).toBe(critical);
});

test('said again it holds longer; a lesser one of the same cause does not make it less while it holds', () => {
  const raises = new Raises();
  raises.raise('topic', critical, 0, 100);
  raises.raise('topic', standard, 50, 150);
  expect(raises.rankAt(bulk, 149)).toBe(critical);
  raises.raise('topic', standard, 200, 300);
  expect(raises.rankAt(bulk, 250)).toBe(standard);
});

test('a cause that goes on is prolonged, one that never was is not, and what is over is forgotten', () => {
  const raises = new Raises();
  raises.raise('watched', critical, 0, 100);
  raises.prolong('watched', 200);
  raises.prolong('command', 500);
  expect([raises.has('watched', 150), raises.has('command', 150), raises.isOver(150)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(raises.isOver(200)).toBe(true);
  raises.prolong('watched', 900);
  expect(raises.isOver(300)).toBe(true);
});
