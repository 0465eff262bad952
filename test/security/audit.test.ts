import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Client, codeOf } from '../conformance/support/client.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const hostile = '"] [audit@1 outcome="success" \\ {"audit":"banned"}';
const secret = 'correct horse battery staple';

let folder: string;
let redis: RedisServer;
let gateway: Gateway;
let authorities: Authorities;
let collector: Collector;

/** A collector of syslog over TLS: keeps whole messages, by their counted length. */
class Collector {
  readonly messages: string[] = [];
  readonly #sockets = new Set<TLSSocket>();
  readonly #server: Server;

  constructor({ cert, key }: Certificate) {
    this.#server = createServer({ cert, key, minVersion: 'TLSv1.2' }, (socket) => this.#read(socket));
    this.#server.on('tlsClientError', () => undefined);
  }

  async listening(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #read(socket: TLSSocket): void {
    this.#sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const [, digits = ''] = /^(\d+) /.exec(rest.toString('latin1', 0, 12)) ?? [];
        const end = digits.length + 1 + Number(digits);
        if (digits === '' || rest.length < end) return;
        this.messages.push(rest.toString('utf8', digits.length + 1, end));
        rest = rest.subarray(end);
      }
    });
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-audit-'));
  authorities = new Authorities();
  const authority = authorities.authority('logs');
  collector = new Collector(authorities.certificate('collector', authority));
  redis = await startRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      audit: {
        file: { path: join(folder, 'audit.jsonl'), fsync: 'always' },
        syslog: { host: '127.0.0.1', port: await collector.listening(), tls: { caFile: authority.certFile } },
      },
    },
  });
});
afterAll(async () => {
  try {
    expect(await gateway?.stop()).toBe(0);
  } finally {
    collector?.close();
    authorities?.remove();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

const linesOf = async (name: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, name), 'utf8').catch(() => ''))
    .split('\n')
    // What stands behind the last newline is still being written.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function visit(clientId: string, password?: string): Promise<number | undefined> {
  const device = await Client.open(gateway, 'tcp', 5);
  const credentials = password === undefined ? {} : { username: 'pump', password: Buffer.from(password) };
  const code = codeOf(await device.greet(clientId, credentials));
  device.drop();
  return code;
}

test('who came and who was turned away stands in the file and at the collector, with nothing secret', async () => {
  expect(await visit('pump-1', secret)).toBe(0);
  expect(await visit(hostile)).toBe(0);
  for (let i = 0; i < 5; i++) expect(await visit('x'.repeat(300))).toBe(0x85);
  const lines = await until('the lines', async () => {
    const found = await linesOf('audit.jsonl');
    const isOver = found.filter(({ audit }) => audit === 'disconnected').length === 2;
    return isOver && found.some(({ audit }) => audit === 'connection-refused') ? found : undefined;
  });
  const count = (kind: string): number => lines.filter(({ audit }) => audit === kind).length;
  expect(['connected', 'disconnected', 'connection-refused'].map(count)).toEqual([2, 2, 1]);
  expect(lines).toHaveLength(5);
  expect(lines.find(({ audit }) => audit === 'connected')).toMatchObject({
    ...{ seq: 1, outcome: 'success', clientId: 'pump-1', destination: 'mqtt', protocol: 'mqtt5' },
    ...{ authenticator: 'anonymous', source: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string },
  });
  await until('the collector', () => collector.messages.length === lines.length);
  expect(collector.messages.join('\n')).toContain(`clientId="${hostile.replaceAll(/["\\\]]/g, '\\$&')}"`);
  for (const message of collector.messages)
    expect(message).toMatch(
      /^<\d+>1 \S+Z \S+ tributary \d+ [a-z-]+ \[meta sequenceId="\d+"\]\[tributary@32473 /,
    );
  const said = [...collector.messages, JSON.stringify(lines), ...gateway.process.lines].join('\n');
  expect(said).not.toContain(secret);
});

test('logrotate may move the file away: lines go on in a new one', async () => {
  await rename(join(folder, 'audit.jsonl'), join(folder, 'audit.jsonl.1'));
  const before = (await linesOf('audit.jsonl.1')).length;
  await until('a line in the new file', async () => {
    await visit('pump-2');
    return (await linesOf('audit.jsonl')).length > 0;
  });
  const numbers = [...(await linesOf('audit.jsonl.1')), ...(await linesOf('audit.jsonl'))].map(
    ({ seq }) => seq,
  );
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThan(before);
});
