// A private Redis: a child process on a free port of the loopback.

import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './children.mjs';
import { Failure } from './say.mjs';

/** A TCP port of the loopback that nobody listens on right now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** What a server answers to PING, or undefined when nothing does within `ms`. */
export function ping(port, ms = 1000) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ms, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => end(bytes.toString('latin1').trim()));
  });
}

const settings = ({ port, dir, isDurable }) => ({
  'port': String(port),
  'bind': '127.0.0.1',
  dir,
  'daemonize': 'no',
  'save': '',
  'maxmemory-policy': 'noeviction',
  'appendonly': isDurable ? 'yes' : 'no',
  'appendfsync': isDurable ? 'always' : 'no',
});

/**
 * Starts a private Redis and waits until it answers; loading a large append-only file may take a while.
 * @param dir where its data lives
 * @param options `isDurable`: every write is on disk before its reply; `logFile`: where its log goes; `onStart` gets the
 *   child before it is ready, so that it can be stopped whatever happens
 */
export async function startRedis(program, dir, { isDurable, logFile, onStart = () => {} }) {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const args = Object.entries(settings({ port, dir, isDurable })).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const child = new Child('redis', program, args, { dieWithParent: 'KILL', logFile, stopMs: 20_000 });
  onStart(child);
  const deadline = Date.now() + 60_000;
  while ((await ping(port)) !== '+PONG') {
    if (child.hasEnded) throw new Failure(`Redis did not start.\n${child.lastLines()}`);
    if (Date.now() > deadline)
      throw new Failure(`Redis did not answer within a minute.\n${child.lastLines()}`);
    await sleep(10);
  }
  return { child, port, url: `redis://127.0.0.1:${port}` };
}
