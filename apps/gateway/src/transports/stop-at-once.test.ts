import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { stopAtOnce } from './transport.ts';

/** Both ends of a connection. */
async function pair(): Promise<{ ours: Socket; theirs: Socket; stop: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const theirs = connect((server.address() as { port: number }).port, '127.0.0.1').setNoDelay(true);
  const [ours] = (await once(server, 'connection')) as [Socket];
  const stop = (): void => {
    ours.destroy();
    theirs.destroy();
    server.close();
  };
  return { ours, theirs, stop };
}

test('a paused socket reads once more at the most, and goes on where it stopped', async () => {
  const { ours, theirs, stop } = await pair();
  try {
    stopAtOnce(ours);
    let heard = '';
    ours.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    const reads: number[] = [];
    ours.pause();
    for (let i = 0; i < 50; i++) {
      theirs.write(`${i};`);
      await until('it to be sent', () => theirs.writableLength === 0);
      await new Promise((resolve) => setImmediate(resolve));
      if (ours.bytesRead !== reads.at(-1)) reads.push(ours.bytesRead);
    }
    // Nothing, and what one read brought.
    expect(reads.length).toBeLessThanOrEqual(2);
    expect(heard).toBe('');
    ours.resume();
    const all = Array.from({ length: 50 }, (_, i) => `${i};`).join('');
    await until('all to be heard', () => heard.length === all.length);
    expect(heard).toBe(all);
  } finally {
    stop();
  }
});
