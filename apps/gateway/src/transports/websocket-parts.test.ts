import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../testing/until.ts';
import { AcceptGate } from './accept-gate.ts';
import type { TransportEvents } from './transport.ts';
import { createWebSocketListener, type WebSocketTransport } from './websocket.ts';

const ignored: TransportEvents = {
  ...{ onBytes() {}, onText() {}, onUnfinished() {}, onPong() {}, onDrained() {}, onClosed() {} },
  onFault() {},
};

/** A device's own end of a connection, and ours. */
async function connection(): Promise<{ device: WebSocket; transport: WebSocketTransport }> {
  const gate = new AcceptGate(
    { protocol: 'off', header: 'none', trusted: [], timeoutMs: 1000 },
    {
      enter: () => ({ secured() {}, welcomed() {}, parted() {}, left() {} }),
      onRefused() {},
      onForwardedIgnored() {},
    },
  );
  const transports: WebSocketTransport[] = [];
  const take = (transport: WebSocketTransport): unknown => transports.push(transport);
  const listener = createWebSocketListener({
    gate,
    ...{ tls: undefined, allowedOrigins: () => [], maxFrameBytes: () => 100_000, handshakeTimeoutMs: 60_000 },
    ...{ onMqtt: take, onDevice: take, onRefused() {} },
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const device = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
  onTestFinished(() => {
    device.terminate();
    listener.close();
  });
  await once(device, 'open');
  await until('the connection', () => transports.length === 1);
  return { device, transport: transports[0]! };
}

/** The socket below a device's WebSocket. */
const socketOf = (device: WebSocket) => (device as unknown as { _socket: Socket })._socket;

test('a frame that comes a byte in each segment ends by their number, and is counted until then', async () => {
  const { device, transport } = await connection();
  let fault = '';
  let most = 0;
  transport.attach({
    ...ignored,
    onUnfinished: () => (most = Math.max(most, transport.unfinishedBytes)),
    onFault: (reason) => (fault = reason),
  });
  const socket = socketOf(device);
  // Binary, masked, of 90,000 bytes.
  socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x5f, 0x90, 0, 0, 0, 0]));
  await until('the end', async () => {
    for (let n = 0; n < 100 && fault === ''; n++) {
      socket.write('a');
      await new Promise((resolve) => setImmediate(resolve));
    }
    return fault !== '';
  });
  expect(fault).toBe('quota-exceeded');
  // Far from whole.
  expect(most).toBeGreaterThan(500);
  expect(most).toBeLessThan(20_000);
});

test('what is whole is not unfinished', async () => {
  const { device, transport } = await connection();
  const told: number[] = [];
  let read = 0;
  transport.attach({
    ...ignored,
    onBytes: (chunk) => (read += chunk.length),
    onUnfinished: () => told.push(transport.unfinishedBytes),
  });
  device.send(Buffer.alloc(50_000), { fin: false });
  await until('a part to be kept', () => told.at(-1) === 50_000);
  device.send(Buffer.alloc(10));
  await until('the message', () => read === 50_010);
  await until('nothing to be kept', () => told.at(-1) === 0);
});
