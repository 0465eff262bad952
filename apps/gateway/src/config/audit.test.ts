import { expect, test } from 'vitest';
import { auditSchema } from './audit.ts';
import { auditKinds } from './audit-words.ts';
import { overloadSchema } from './overload.ts';

test('every kind of event can be asked for, and all are by default', () => {
  expect(auditSchema.parse({}).kinds).toEqual([...auditKinds]);
});

test.each([
  ['TLS files without TLS', { syslog: { protocol: 'udp', host: 'logs', tls: {} } }, 'syslog.tls'],
  ['half a certificate', { syslog: { host: 'logs', tls: { certFile: 'a.pem' } } }, 'syslog.tls'],
  ['a name that is no word', { syslog: { host: 'logs', appName: 'my app' } }, 'syslog.appName'],
  ['an unknown kind', { kinds: ['coffee'] }, 'kinds.0'],
  ['a file without a path', { file: {} }, 'file.path'],
])('refused: %s', (_, input, path) => {
  const issues = auditSchema.safeParse(input).error?.issues ?? [];
  expect(issues.map((issue) => issue.path.join('.'))).toContain(path);
});

test('the least connects are not more than the most', () => {
  const issues = overloadSchema.safeParse({ connects: { least: '100/s', most: '3000/m' } }).error?.issues;
  expect(issues?.map((issue) => issue.path.join('.'))).toEqual(['connects.least']);
});
