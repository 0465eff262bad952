import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const maxConnections = 6;
const stage = useStage({
  config: {
    listeners: [{ name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0, maxConnections }],
    limits: { handshakeTimeoutMs: 60_000 },
  },
});

/** Asks for an upgrade and never ends its own side of the connection. Answers the status. */
async function ask(path: string, subprotocol: string, headers: string, held: Socket[]): Promise<string> {
  const socket = connect({
    port: stage.gateway.port('ws'),
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
  });
  held.push(socket);
  let said = '';
  let hasEnded = false;
  socket.setEncoding('latin1').on('data', (text: string) => (said += text));
  socket.on('end', () => (hasEnded = true));
  socket.on('error', () => undefined);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n${headers}\r\n`,
  );
  await until(
    () => `the answer and the end; got ${JSON.stringify(said)}`,
    () => said !== '' && hasEnded,
  );
  return said.slice(0, said.indexOf('\r\n'));
}

test.each([
  ['an unknown path', '/nope', 'tributary.v1', '', /404/],
  ['an unknown subprotocol', '/ws', 'smoke.signals', '', /400/],
  ['a foreign origin', '/ws', 'tributary.v1', 'Origin: https://elsewhere.example\r\n', /403/],
  ['a WebSocket version nobody speaks', '/ws', 'tributary.v1', 'Sec-WebSocket-Version: 99\r\n', /4\d\d/],
])(
  'P6: upgrades refused for %s leave no socket behind, though the peer never closes its side',
  async (_, path, subprotocol, headers, status) => {
    const held: Socket[] = [];
    try {
      for (let n = 0; n < 3 * maxConnections; n++)
        expect(await ask(path, subprotocol, headers, held)).toMatch(status);
      const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId());
      await device.leave();
    } finally {
      for (const socket of held) socket.destroy();
    }
  },
);
