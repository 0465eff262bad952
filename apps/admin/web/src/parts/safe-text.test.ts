import { expect, test } from 'vitest';
import { shortened, visible } from './safe-text.ts';

test.each([
  ['pump-17', 'pump-17'],
  ['设备 Überwachung 🚀', '设备 Überwachung 🚀'],
  ['<b>x</b>', '<b>x</b>'],
  ['a\u202egpj.exe', 'a\\u202egpj.exe'],
  ['line\nline\ttab\u001b[31m', 'line\\nline\\ttab\\u001b[31m'],
  ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
  ['half \ud83d pair', 'half \\ud83d pair'],
  ['\u2066isolate\u2069', '\\u2066isolate\\u2069'],
])('%j reads %s', (text, shown) => expect(visible(text)).toBe(shown));

test('64 KiB become a line with both ends', () => {
  const text = shortened(`begin${'x'.repeat(65_536)}end`, 60);
  expect(text).toMatch(/^beginx+…x+end$/);
  expect(text.length).toBe(60);
});

test('a cut never leaves half a character', () => {
  for (let most = 10; most < 20; most++) expect(shortened('🚀'.repeat(50), most)).not.toMatch(/\\ud/);
});
