import type { WebSocket } from '@fastify/websocket';
import { feedCloseCodes } from '@tributary/protocol/admin-api';
import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Viewer } from './viewer.ts';

/** A socket whose peer reads only when the test says so. */
class SlowSocket {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  closedWith: number | undefined;

  send(text: string): void {
    this.sent.push(text);
    this.bufferedAmount += text.length;
  }
  close(code: number): void {
    this.closedWith ??= code;
  }
  terminate(): void {
    this.readyState = 3;
  }
}

const snapshotBytes = 10_000;
const limits = { maxBufferedBytes: 20_000, slowCloseMs: 10_000, maxMessagesPerSecond: 20 };

function viewerOf(socket: SlowSocket, clock: ManualClock): Viewer {
  const makers = {
    rows: {
      everyMs: 500,
      open: ({ ids }: { ids: string[] }) => ({
        snapshot: () => ({ ids, rows: 'x'.repeat(snapshotBytes) }),
        delta: () => undefined,
      }),
    },
  };
  const watcher = { name: 'ann', role: 'viewer', canReadPayload: false } as const;
  return new Viewer(socket as unknown as WebSocket, watcher, { clock, makers }, limits, 'none');
}

const asking = (id: string): string => JSON.stringify({ sub: [{ ch: 'rows', ids: [id], fresh: true }] });

test('a viewer that asks and asks and reads nothing piles up a bounded heap, and is closed', () => {
  const [socket, clock] = [new SlowSocket(), new ManualClock()];
  const viewer = viewerOf(socket, clock);
  for (let second = 0; second < 11; second++) {
    for (let i = 0; i < 20; i++) viewer.onMessage(asking(`${second}-${i}`));
    expect(socket.bufferedAmount).toBeLessThan(limits.maxBufferedBytes + 2 * snapshotBytes);
    clock.advance(1000);
    viewer.tick(clock.monotonic());
  }
  expect(socket.closedWith).toBe(feedCloseCodes.slowViewer);
});

test('what it wanted last is sent as soon as it has read', () => {
  const [socket, clock] = [new SlowSocket(), new ManualClock()];
  const viewer = viewerOf(socket, clock);
  for (let i = 0; i < 8; i++) viewer.onMessage(asking(`device-${i}`));
  expect(socket.sent.at(-1)).not.toContain('device-7');
  socket.bufferedAmount = 0;
  viewer.tick(clock.monotonic());
  expect(socket.sent.at(-1)).toContain('device-7');
});
