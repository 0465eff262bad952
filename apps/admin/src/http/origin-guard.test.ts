import { expect, test } from 'vitest';
import { refusalOf } from './origin-guard.ts';

test.each([
  ['127.0.0.1:18083', undefined],
  ['localhost:18083', undefined],
  ['LocalHost:18083', 'http://localhost:18083'],
  ['[::1]:18083', 'http://[::1]:18083'],
  ['127.0.0.9:18083', 'http://127.0.0.9:18083'],
])('passes Host %s with Origin %s', (host, origin) => {
  expect(refusalOf({ host, origin }, 18083)).toBeUndefined();
});

test.each([
  ['no Host', undefined],
  ['a name that a hostile DNS may point here', 'evil.example:18083'],
  ['a name that begins like ours', 'localhost.evil.example:18083'],
  ['a name that begins like an address', '127.0.0.1.evil.example:18083'],
  ['another port', 'localhost:8080'],
  ['no port', 'localhost'],
  ['a machine address', '192.168.1.5:18083'],
  ['user info', 'a@localhost:18083'],
  ['nothing', ''],
])('refuses %s', (_what, host) => {
  expect(refusalOf({ host }, 18083)?.code).toBe('forbidden-host');
});

test.each([
  'http://evil.example',
  'null',
  'https://localhost:18083',
  'http://localhost:18084',
  'http://127.0.0.1:18083',
  '',
])('refuses Origin %j on localhost', (origin) =>
  expect(refusalOf({ host: 'localhost:18083', origin }, 18083)?.code).toBe('forbidden-origin'),
);

test('port 80 may be left out', () => {
  expect(refusalOf({ host: 'localhost', origin: 'http://localhost' }, 80)).toBeUndefined();
});
