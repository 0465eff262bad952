import { expect, test } from 'vitest';
import { numberOption, readOptions, unknown } from './options.ts';

const specs = { device: { value: 'GLOB', says: '' }, json: { says: '' } } as const;

test('reads values after a space or an equals sign, and flags', () => {
  expect(readOptions(['--device', 'a*', '--json'], specs)).toEqual({ device: 'a*', json: true });
  expect(readOptions(['--device=a=b'], specs)).toEqual({ device: 'a=b' });
  expect(readOptions(['--device=--json'], specs)).toEqual({ device: '--json' });
});

test.each([
  [['--devcie', 'x'], 'no option --devcie; did you mean --device?'],
  [['--zzzzzzzz'], 'no option --zzzzzzzz; there are --device, --json'],
  [['--constructor'], 'no option --constructor; there are --device, --json'],
  [['--device'], '--device needs GLOB'],
  [['--device', '--json'], '--device needs GLOB'],
  [['--json=1'], '--json takes no value'],
  [['stray'], 'stray belongs to no option'],
])('refuses %j in words', (words, message) => {
  expect(() => readOptions(words, specs)).toThrow(message);
});

test('names the command that was probably meant', () => {
  expect(unknown('command', 'tial', ['demo', 'tail']).message).toBe('no command tial; did you mean tail?');
});

test.each(['0', '11', '1.5', 'many', ''])('a whole number from 1 to 10 is not %j', (text) => {
  expect(() => numberOption('n', text, 1, 10)).toThrow('--n must be a whole number from 1 to 10');
});
