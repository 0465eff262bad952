import { expect, test } from 'vitest';
import { advice, versionOf } from './redis-find.mjs';

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', [7, 0]],
  ['Valkey server v=8.1.1 sha=00000000:1 malloc=jemalloc-5.3.0 bits=64', [8, 1]],
  ['something else', undefined],
])('reads the version from %j', (output, version) => {
  expect(versionOf(output)).toEqual(version);
});

test('the advice names the install command, Docker and the variable', () => {
  const manager = { name: 'apt-get', install: ['install', '-y', '--no-install-recommends'] };
  const text = advice('any', manager);
  expect(text).toContain('sudo apt-get install -y redis-server');
  expect(text).toContain('docker run');
  expect(text).toContain('TRIBUTARY_REDIS_URL=');
});
