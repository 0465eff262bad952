import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { AuthFiles } from '../support/auth-files.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import type { LogLine } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** Stands in everything that is secret here. */
const marker = 'hunter2';
const host = '127.0.0.1';
const files = new AuthFiles();
const authorities = new Authorities();
const ours = authorities.authority('ours');
const { certFile, keyFile } = authorities.certificate('server', ours);

/** The webhook, which is no help: what it does with whoever asks. */
let behave: (socket: Socket) => void = () => undefined;
let hook: Server;
const asking = new Set<Socket>();
const config: { [key: string]: unknown } = {
  limits: { maxPacketBytes: 32 * 1024 * 1024 },
  // All there is to say is said.
  log: { level: 'debug' },
  listeners: [
    { name: 'mqtt', protocol: 'mqtt', host, port: 0 },
    { name: 'ws', protocol: 'ws', host, port: 0 },
    { name: 'mqtts', protocol: 'mqtts', host, port: 0, tls: { certFile, keyFile, caFile: ours.certFile } },
  ],
  // Bans of those who fail are tested by themselves.
  flapping: { failedAuthentications: { mode: 'off' } },
};

beforeAll(async () => {
  await files.writeUsers({ ann: 'right' });
  hook = createServer((socket) => {
    asking.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => behave(socket));
  });
  await new Promise<void>((resolve) => hook.listen(0, host, resolve));
  const url = `http://${host}:${(hook.address() as AddressInfo).port}/`;
  const webhook = {
    type: 'webhook',
    url,
    headers: { authorization: `Bearer ${marker}` },
    denyCacheSeconds: 0,
  };
  config['auth'] = {
    anonymous: false,
    chain: [
      { type: 'jwt', secretFile: files.secret, audience: ['fleet'] },
      { type: 'users', file: files.users },
      { ...webhook, breaker: { timeoutMs: 300, maxFailures: 100 } },
    ],
  };
});
// Before the stage: what a node watches goes after it has gone.
afterAll(() => {
  for (const socket of asking) socket.destroy();
  hook?.close();
  files.remove();
  authorities.remove();
});
const stage = useStage({ config });

const refusals = (): LogLine[] =>
  stage.gateway.log().filter(({ msg }) => /^(connection refused|TLS handshake failed)$/.test(msg));

/** What is refused here is refused soon, with one line of its own, and nothing secret is in any. */
async function refusedWith(reason: string, come: () => Promise<unknown>): Promise<void> {
  const before = refusals().length;
  const began = performance.now();
  await come();
  expect(performance.now() - began).toBeLessThan(8000);
  const lines = await until('the line', () => {
    const fresh = refusals().slice(before);
    return fresh.length > 0 && fresh;
  });
  expect(lines.map((line) => line['reason'])).toEqual([reason]);
  const said = stage.gateway.process.lines.join('\n');
  expect(said).not.toContain(marker);
  expect(said).not.toMatch(/eyJ|x{40}/);
}

/** Comes with this over MQTT 5, and is answered a code. */
async function answered(code: number, username: string, password: string): Promise<void> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  onTestFinished(() => device.drop());
  const connack = await device.connect(freshId('bad'), { username, password: Buffer.from(password) });
  expect(connack.reasonCode).toBe(code);
  await device.end();
}

const seconds = (from: number): number => Math.floor(Date.now() / 1000) + from;
const token = (claims: object, header?: object): string =>
  files.token({ sub: 'pump', aud: 'fleet', exp: seconds(60), secret: marker, ...claims }, header);

test.each([
  ['that nobody signed', 0x86, 'bad-credentials', token({}, { alg: 'none' })],
  ['that nobody signed, spelled otherwise', 0x86, 'bad-credentials', token({}, { alg: 'NoNe' })],
  ['that has expired', 0x87, 'not-authorized', token({ exp: seconds(-60) })],
  ['that is not valid yet', 0x87, 'not-authorized', token({ nbf: seconds(60) })],
  ['for another audience', 0x87, 'not-authorized', token({ aud: 'others' })],
  ['of 60,000 bytes', 0x86, 'bad-credentials', token({ more: 'x'.repeat(44_000) })],
  ['with another signature', 0x86, 'bad-credentials', `${token({}).slice(0, -4)}AAAA`],
])('a token %s is refused', async (_, code, reason, text) => {
  await refusedWith(reason, () => answered(code, 'x', text));
});

test.each([
  ['a token', 'x', () => token({ more: 'x'.repeat(8_000_000) })],
  ['a password', 'ann', () => marker.repeat(1_500_000)],
])('%s of 10 MB, which fits into a frame, is refused', async (_, user, make) => {
  const password = make();
  await refusedWith('bad-credentials', async () => {
    const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
    onTestFinished(() => device.socket.terminate());
    device.send({ type: 'hello', clientId: freshId('large'), keepAlive: 60, user, password });
    expect(await device.end()).toBe(4401);
  });
});

test('a password as long as MQTT has them is refused', async () => {
  const password = marker.repeat(10_000).slice(0, 65_535);
  await refusedWith('bad-credentials', () => answered(0x86, 'ann', password));
});

const endless = (socket: Socket, head: string, more: Buffer): void => {
  socket.write(head);
  const go = (): void => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on('drain', go);
  go();
};
const redirect = `HTTP/1.1 302 Found\r\nLocation: http://${host}:1/${marker}\r\nContent-Length: 0\r\n\r\n`;

test.each<[string, (socket: Socket) => void]>([
  ['hangs', () => undefined],
  ['hangs up', (socket) => socket.destroy()],
  ['streams what is no HTTP', (socket) => endless(socket, '', Buffer.alloc(65_536, 0xff))],
  [
    'streams an answer without end',
    (socket) => endless(socket, `HTTP/1.1 200 OK\r\nX: ${marker}\r\n\r\n`, Buffer.alloc(65_536, 0x20)),
  ],
  ['redirects', (socket) => socket.end(redirect)],
  [
    'says no more than a word',
    (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n${marker}`),
  ],
])('while the webhook %s, devices it would know are told to come back', async (_, how) => {
  behave = how;
  const unavailable = 0x88;
  await refusedWith('auth-unavailable', () => answered(unavailable, freshId('hooked'), marker));
  // Others do not depend on it.
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  expect((await device.connect('ann', { username: 'ann', password: Buffer.from('right') })).reasonCode).toBe(
    0,
  );
  await device.leave();
});

test('a certificate of another authority ends in its handshake', async () => {
  const failed = (): Promise<number> =>
    stage.gateway.metric('tributary_tls_handshakes_failed_total', { reason: 'untrusted-certificate' });
  const before = await failed();
  const { cert, key }: Certificate = authorities.certificate(marker, authorities.authority('others'));
  await refusedWith('untrusted-certificate', async () => {
    const device = await RawMqtt.tls(stage.gateway.port('mqtts'), { ca: ours.cert, cert, key });
    onTestFinished(() => device.drop());
    await device.end();
    expect(device.packets).toEqual([]);
  });
  expect(await failed()).toBe(before + 1);
});
