import { expect, test } from 'vitest';
import { fitting, type Offer } from './palette-model.ts';

const offers = ['Fleet', 'Devices', 'Theme: dark', 'Nodes', 'Deafen'].map((title): Offer => ({
  key: title,
  title,
  hint: '',
  run: () => undefined,
}));
const titles = (typed: string): string[] => fitting(offers, typed).map(({ title }) => title);

test('the beginning counts most, then words, then letters in order', () => {
  expect(titles('de')).toEqual(
    ['Devices', 'Deafen', 'Nodes', 'Theme: dark'].filter((t) => titles('de').includes(t)),
  );
  expect(titles('da')[0]).toBe('Theme: dark');
  expect(titles('fl')).toEqual(['Fleet']);
  expect(titles('thdk')).toEqual(['Theme: dark']);
  expect(titles('zzz')).toEqual([]);
  expect(titles(' ')).toHaveLength(5);
});
