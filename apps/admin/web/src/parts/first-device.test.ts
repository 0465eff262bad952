import type { NodeView } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { firstDeviceCommands } from './first-device.ts';

const nodeWith = (listeners: NodeView['listeners']) => [{ listeners } as NodeView];

test('commands name the addresses that nodes listen on', () => {
  const [mqtt, ws] = firstDeviceCommands(
    nodeWith([
      { name: 'a', protocol: 'mqtt', address: '0.0.0.0', port: 11883 },
      { name: 'b', protocol: 'ws', address: '::1', port: 18083 },
    ]),
    'localhost',
  );
  expect(mqtt?.text).toContain('-h localhost -p 11883');
  expect(ws?.text).toContain("'ws://[::1]:18083/ws'");
});

test('without a node the usual ports stand in', () => {
  expect(
    firstDeviceCommands([], '127.0.0.1')
      .map((each) => each.text)
      .join(),
  ).toMatch(/-p 1883.*127\.0\.0\.1:8083/);
});

test('an IPv6 page gives its address with brackets in a URL and without them elsewhere', () => {
  const [mqtt, ws] = firstDeviceCommands([], '[::1]');
  expect(mqtt?.text).toContain('-h ::1 -p');
  expect(ws?.text).toContain("'ws://[::1]:8083/ws'");
});
