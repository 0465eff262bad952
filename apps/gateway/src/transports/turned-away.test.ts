import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AcceptGate } from './accept-gate.ts';
import { lingerMs } from './transport.ts';
import { createWebSocketListener } from './websocket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a connection over TLS may be whose peer was gone before its request was read: it takes nothing, and tells no error. */
const stuck = (): Duplex => new Duplex({ read() {}, write() {} });

function listener() {
  const gate = new AcceptGate(
    { protocol: 'off', header: 'none', trusted: [], timeoutMs: 1000 },
    {
      enter: () => ({ secured() {}, welcomed() {}, parted() {}, left() {} }),
      onRefused() {},
      onForwardedIgnored() {},
    },
  );
  return createWebSocketListener({
    ...{ tls: undefined, gate, allowedOrigins: () => [], maxFrameBytes: () => 1000 },
    ...{ handshakeTimeoutMs: 60_000, onMqtt() {}, onDevice() {}, onRefused() {} },
  });
}

const asked = (socket: Duplex, url: string) => ({
  ...{ socket: Object.assign(socket, { setKeepAlive() {} }), url, method: 'POST' },
  headers: { 'sec-websocket-protocol': 'mqtt' },
});

test.each([
  [
    'for what is no request',
    'clientError',
    (socket: Duplex) => [Object.assign(new Error('no request'), { code: 'HPE_INVALID_METHOD' }), socket],
  ],
  ['for where it goes', 'upgrade', (socket: Duplex) => [asked(socket, '/none'), socket, Buffer.alloc(0)]],
  ['by ws', 'upgrade', (socket: Duplex) => [asked(socket, '/mqtt'), socket, Buffer.alloc(0)]],
] as const)('who is turned away %s and does not take the answer is cut', (_, event, argumentsOf) => {
  const socket = stuck();
  listener().emit(event, ...argumentsOf(socket));
  expect(socket.writableEnded).toBe(true);
  vi.advanceTimersByTime(lingerMs - 1);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
});
