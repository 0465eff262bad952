import { expect, test } from 'vitest';
import type { Session } from '../session.ts';
import { SessionLink } from './session-link.ts';

const sessionOf = (protocol: string, canPing: boolean): Session =>
  ({ connection: { protocol, transport: { canPing } } }) as unknown as Session;
const canPing = (protocol: string, isWebSocket: boolean, pingsMqtt: boolean): boolean =>
  new SessionLink(sessionOf(protocol, isWebSocket), { isBehindProxy: false, pingsMqtt }).canPing;

test.each([
  ['tributary.v1', true, false, true],
  ['mqtt5', true, false, false],
  ['mqtt3.1.1', true, false, false],
  ['mqtt5', true, true, true],
  ['mqtt5', false, true, false],
])('%s over WebSocket %s, MQTT is pinged %s: %s', (protocol, isWebSocket, pingsMqtt, isPinged) =>
  expect(canPing(protocol, isWebSocket, pingsMqtt)).toBe(isPinged),
);
