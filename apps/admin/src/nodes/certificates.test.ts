import { expect, test } from 'vitest';
import { parseCertificates } from './certificates.ts';
import { NodeStats, parseStats } from './node-stats.ts';

const certificate = { listener: 'mqtts', validFrom: 1, expiresAt: 2, trouble: '' };

test('certificates are told every few seconds, and known in between', () => {
  const stats = new NodeStats();
  stats.add(parseStats('1000-0', new Map([['certificates', JSON.stringify([certificate])]])), 0);
  stats.add(parseStats('2000-0', new Map()), 1000);
  expect(stats.certificates).toEqual([certificate]);
  stats.add(parseStats('3000-0', new Map([['certificates', '[]']])), 2000);
  expect(stats.certificates).toEqual([]);
});

test.each([
  ['nothing', undefined],
  ['no JSON', '['],
  ['another kind of thing', '{"listener":"mqtts"}'],
  ['a time that is none', JSON.stringify([{ ...certificate, expiresAt: null }])],
  ['more than a node can have', JSON.stringify(Array.from({ length: 65 }, () => certificate))],
])('%s is not taken', (_what, json) => {
  expect(parseCertificates(json)).toBeUndefined();
});
