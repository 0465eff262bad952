import { PacketType } from '@tributary/protocol';
import { expect, test } from 'vitest';
import type { Transport } from '../transports/transport.ts';
import { Outbox, OutboxFlusher } from './outbox.ts';

/** A transport that keeps what is written, and says as pending what the test wants. */
class Pipe implements Transport {
  readonly kind = 'tcp';
  readonly remoteAddress = '127.0.0.1:1';
  readonly isBehindProxy = false;
  readonly isEncrypted = false;
  readonly certificate = undefined;
  pendingBytes = 0;
  readonly isBlocked = false;
  readonly takenBytes = 0;
  readonly descriptor = -1;
  readonly unfinishedBytes = 0;
  readonly canPing = false;
  readonly writes: string[] = [];

  welcomed(): void {}
  parted(): void {}
  write(bytes: Buffer): void {
    this.writes.push(bytes.toString('hex'));
  }
  writeText(): void {}
  ping(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
  destroy(): void {}
}

function outbox(maxBytes = 1000): { pipe: Pipe; flusher: OutboxFlusher; box: Outbox } {
  const pipe = new Pipe();
  const flusher = new OutboxFlusher();
  return { pipe, flusher, box: new Outbox(pipe, flusher, maxBytes) };
}
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

test('what is offered in one turn leaves as one write at its end', async () => {
  const { pipe, box } = outbox();
  box.offer(bytes('d000'));
  box.offerAck(PacketType.PUBACK, 1);
  box.offerAck(PacketType.PUBREC, 0xffff);
  await Promise.resolve();
  expect(pipe.writes).toEqual([]);
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual(['d000' + '40020001' + '5002ffff']);
});

test('frames stay in order through growth, whatever their size', async () => {
  const { pipe, box } = outbox(1_000_000);
  const frames = Array.from({ length: 200 }, (_, i) => Buffer.alloc((i * 37) % 500, i));
  for (const frame of frames) box.offer(frame);
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual([Buffer.concat(frames).toString('hex')]);
});

test('what is offered is copied', async () => {
  const { pipe, box } = outbox();
  const frame = bytes('d000');
  box.offer(frame);
  frame.fill(0xff);
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual(['d000']);
});

test('what was written is not touched by what is offered next', () => {
  const pipe = new Pipe();
  const written: Buffer[] = [];
  pipe.write = (chunk: Buffer) => void written.push(chunk);
  const box = new Outbox(pipe, new OutboxFlusher(), 1000);
  box.offer(bytes('aaaa'));
  box.flush();
  box.offer(bytes('bbbb'));
  box.flush();
  expect(written.map((chunk) => chunk.toString('hex'))).toEqual(['aaaa', 'bbbb']);
});

test('overflow counts what waits here and in the socket, and adds nothing', async () => {
  const { pipe, box } = outbox(10);
  pipe.pendingBytes = 4;
  expect(box.offer(bytes('0102030405'))).toBe('queued');
  expect(box.offerAck(PacketType.PUBACK, 1)).toBe('overflow');
  expect(box.offer(bytes('0607'))).toBe('overflow');
  expect(box.offer(bytes('06'))).toBe('queued');
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual(['010203040506']);
});

test('an outbox that never held anything writes nothing', async () => {
  const { pipe, box } = outbox(1);
  box.flush();
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual([]);
});

test('a packet larger than the limit passes alone, and nothing beside it', async () => {
  const { pipe, box } = outbox(1);
  expect(box.offer(bytes('0102'))).toBe('queued');
  expect(box.offer(bytes('03'))).toBe('overflow');
  await new Promise(setImmediate);
  expect(pipe.writes).toEqual(['0102']);
});

test('a flusher writes each outbox once, in the order they began, and those that begin while it runs at the next turn', async () => {
  const flusher = new OutboxFlusher();
  const order: string[] = [];
  flusher.add({ flush: () => order.push('a') });
  flusher.add({
    flush: () => {
      order.push('b');
      flusher.add({ flush: () => order.push('c') });
    },
  });
  flusher.flush();
  expect(order).toEqual(['a', 'b']);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(order).toEqual(['a', 'b', 'c']);
});
