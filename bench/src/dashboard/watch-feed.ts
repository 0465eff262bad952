import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { AdminProcess } from './admin-process.ts';

const settleMs = 2000;

/** Bytes a second that an operator's tab is sent who has some rows of the Devices page in sight. */
export async function measureFeed(
  { address, headers }: AdminProcess,
  ids: readonly string[],
  seconds: number,
): Promise<number> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/api/v1/live`, {
    headers: { ...headers, origin: address },
  });
  let bytes = 0;
  socket.on('message', (data: Buffer) => (bytes += data.length));
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ sub: [{ ch: 'fleet' }, { ch: 'problems' }, { ch: 'rows', ids }] }));
    await sleep(settleMs); // the snapshots are read once
    bytes = 0;
    const before = performance.now();
    await sleep(seconds * 1000);
    return (bytes * 1000) / (performance.now() - before);
  } finally {
    socket.terminate();
  }
}
