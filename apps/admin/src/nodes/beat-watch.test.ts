import { expect, test } from 'vitest';
import { BeatWatch } from './beat-watch.ts';

/** Looks once a second from `from` to `until` (ms, inclusive). */
function look(
  watch: BeatWatch,
  from: number,
  until: number,
  beatAt: (at: number) => string | undefined,
): void {
  for (let at = from; at <= until; at += 1000) watch.observe(new Map([['n', beatAt(at)]]), at);
}

test('a node is silent when its beat stood still for 5 s, and back when it moves', () => {
  const watch = new BeatWatch();
  look(watch, 0, 4000, () => '7');
  expect(watch.isSilent('n')).toBe(false);
  look(watch, 5000, 5000, () => '7');
  expect(watch.isSilent('n')).toBe(true);
  expect(watch.silentMs('n', 6000)).toBe(6000);
  look(watch, 6000, 6000, () => '8');
  expect(watch.isSilent('n')).toBe(false);
  expect(watch.silentMs('n', 7000)).toBe(0);
});

test('an outage of Redis of any length makes no node silent', () => {
  const watch = new BeatWatch();
  look(watch, 0, 3000, () => '7');
  look(watch, 60_000, 64_000, () => '7');
  expect(watch.isSilent('n')).toBe(false);
});

test('a node that was silent before an outage stays so until it is heard', () => {
  const watch = new BeatWatch();
  look(watch, 0, 6000, () => '7');
  look(watch, 60_000, 60_000, () => '7');
  expect(watch.isSilent('n')).toBe(true);
});

test('a node that devices name but that has no record turns silent too', () => {
  const watch = new BeatWatch();
  look(watch, 0, 5000, () => undefined);
  expect(watch.isSilent('n')).toBe(true);
});
