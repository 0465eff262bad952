import { expect, test } from 'vitest';
import { refusalOf, type Reach } from './origin-guard.ts';

const loopback: Reach = { scheme: 'http', port: 18083, publicOrigins: [] };
const behindProxy: Reach = { ...loopback, publicOrigins: ['https://fleet.example.org'] };

test.each([
  ['127.0.0.1:18083', undefined],
  ['localhost:18083', undefined],
  ['LocalHost:18083', 'http://localhost:18083'],
  ['[::1]:18083', 'http://[::1]:18083'],
  ['127.0.0.9:18083', 'http://127.0.0.9:18083'],
])('passes Host %s with Origin %s', (host, origin) => {
  expect(refusalOf({ host, origin }, loopback)).toBeUndefined();
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
  expect(refusalOf({ host }, loopback)?.code).toBe('forbidden-host');
});

test.each([
  'http://evil.example',
  'null',
  'https://localhost:18083',
  'http://localhost:18084',
  'http://127.0.0.1:18083',
  '',
])('refuses Origin %j on localhost', (origin) =>
  expect(refusalOf({ host: 'localhost:18083', origin }, loopback)?.code).toBe('forbidden-origin'),
);

test('port 80 may be left out', () => {
  expect(
    refusalOf({ host: 'localhost', origin: 'http://localhost' }, { ...loopback, port: 80 }),
  ).toBeUndefined();
});

test.each([
  ['the name a proxy hands on', 'fleet.example.org', 'https://fleet.example.org'],
  ["the proxy's own view of us", '127.0.0.1:18083', 'https://fleet.example.org'],
  ['the server itself', 'localhost:18083', 'http://localhost:18083'],
  ['a program without an origin', 'fleet.example.org', undefined],
])('behind a proxy passes %s', (_what, host, origin) => {
  expect(refusalOf({ host, origin }, behindProxy)).toBeUndefined();
});

test.each([
  ['another name', 'evil.example', 'https://evil.example', 'forbidden-host'],
  ['the name without TLS', 'fleet.example.org', 'http://fleet.example.org', 'forbidden-origin'],
  ['another origin', 'fleet.example.org', 'https://evil.example', 'forbidden-origin'],
  ['another port of the name', 'fleet.example.org:8443', 'https://fleet.example.org:8443', 'forbidden-host'],
])('behind a proxy refuses %s', (_what, host, origin, code) => {
  expect(refusalOf({ host, origin }, behindProxy)?.code).toBe(code);
});

test('on a network it is reached by its own address, not by a name nobody announced', () => {
  const reach: Reach = { ...loopback, scheme: 'https', localAddress: '::ffff:192.168.1.5' };
  const origin = 'https://192.168.1.5:18083';
  expect(refusalOf({ host: '192.168.1.5:18083', origin }, reach)).toBeUndefined();
  expect(refusalOf({ host: 'gw.local:18083' }, reach)?.code).toBe('forbidden-host');
  expect(refusalOf({ host: '192.168.1.6:18083' }, reach)?.code).toBe('forbidden-host');
});

test('browsers leave the usual port out, and no other', () => {
  const reach: Reach = { ...loopback, scheme: 'https', port: 443, localAddress: '192.168.1.5' };
  expect(refusalOf({ host: '192.168.1.5', origin: 'https://192.168.1.5' }, reach)).toBeUndefined();
  expect(refusalOf({ host: '[2001:db8::1]' }, { ...reach, localAddress: '2001:db8::1' })).toBeUndefined();
  expect(refusalOf({ host: '192.168.1.5' }, { ...reach, port: 8443 })?.code).toBe('forbidden-host');
  expect(refusalOf({ host: '192.168.1.5' }, { ...reach, scheme: 'http' })?.code).toBe('forbidden-host');
});
