import { expect, test } from 'vitest';
import { addressBook, clientEnv, reachable, takenPort } from './addresses.mjs';

test.each([
  ['127.0.0.1:1883', '127.0.0.1:1883'],
  ['0.0.0.0:1883', '127.0.0.1:1883'],
  ['[::]:1883', '[::1]:1883'],
  ['[::1]:1883', '[::1]:1883'],
  ['gateway.example:1883', 'gateway.example:1883'],
])('%s is reached at %s', (address, expected) => {
  expect(reachable(address)).toBe(expected);
});

test.each([
  ['listen EADDRINUSE: address already in use 127.0.0.1:1883', 1883],
  ['listen EADDRINUSE: address already in use ::1:1883', 1883],
  ['listen EADDRINUSE: address already in use 0.0.0.0:1883 "pid":7', 1883],
  ['{"err":{"message":"listen EADDRINUSE: address already in use :::18083"}}', 18083],
  ['{"err":{"code":"EADDRINUSE","syscall":"listen","address":"127.0.0.1","port":9464}}', 9464],
  ['connect ECONNREFUSED 127.0.0.1:6379', undefined],
])('reads the taken port from %s', (output, port) => {
  expect(takenPort(output)).toBe(port);
});

const run = {
  redisUrl: 'redis://me:secret@127.0.0.1:6379',
  dashboard: 'http://127.0.0.1:18083',
  addresses: {
    'mqtt-outside': '0.0.0.0:1884',
    'mqtt': '127.0.0.1:1883',
    'ws': '0.0.0.0:8083',
    'ops': '127.0.0.1:9464',
  },
};

test('points demo and tail at the running system', () => {
  expect(clientEnv(run)).toEqual({
    TRIBUTARY_REDIS_URL: run.redisUrl,
    TRIBUTARY_DEMO_MQTT: '127.0.0.1:1883',
    TRIBUTARY_DEMO_WS: '127.0.0.1:8083',
  });
});

test('prints every address and no password', () => {
  const text = addressBook(run).flat().join('\n');
  for (const part of [':1883', ':1884', ':8083/mqtt', ':8083/ws', ':9464/metrics', ':18083'])
    expect(text).toContain(part);
  expect(text).not.toContain('secret');
});
