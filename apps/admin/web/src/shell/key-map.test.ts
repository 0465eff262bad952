import { expect, test } from 'vitest';
import { KeyMap } from './key-map.ts';

function make() {
  let now = 0;
  const done: string[] = [];
  const map = new KeyMap(() => now);
  const bind = (keys: string, what = keys) =>
    map.add({ keys, title: what, group: 'x', run: () => done.push(what) });
  const press = (key: string, more: object = {}, state: object = {}) =>
    map.press(
      { key, ctrlKey: false, metaKey: false, altKey: false, ...more },
      { hasLetters: true, isTyping: false, ...state },
    );
  return { map, bind, press, done, pass: (ms: number) => (now += ms) };
}

test('two keys one after the other, if not too slowly', () => {
  const { bind, press, done, pass } = make();
  bind('g f');
  bind('f');
  expect([press('g'), press('f')]).toEqual([true, true]);
  press('g');
  pass(1300);
  press('f');
  expect(done).toEqual(['g f', 'f']);
});

test('a key that does not complete a chord does what it does alone', () => {
  const { bind, press, done } = make();
  bind('g f');
  bind('z');
  press('g');
  press('z');
  expect(done).toEqual(['z']);
  expect(press('q')).toBe(false);
});

test('a page overrides the shell, and no longer than it is there', () => {
  const { bind, press, done, map } = make();
  bind('r', 'shell');
  const leave = bind('r', 'page');
  press('r');
  expect(map.list().map(({ title }) => title)).toEqual(['page']);
  leave();
  press('r');
  expect(done).toEqual(['page', 'shell']);
});

test('letters are silent while somebody types and where they are switched off; combinations are not', () => {
  const { bind, press, done } = make();
  bind('z');
  bind('Ctrl+k');
  expect([press('z', {}, { isTyping: true }), press('z', {}, { hasLetters: false })]).toEqual([false, false]);
  press('K', { metaKey: true }, { isTyping: true, hasLetters: false });
  expect(done).toEqual(['Ctrl+k']);
});
