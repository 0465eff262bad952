import { expect, test } from 'vitest';
import { ReplyType, RespReader } from './resp-reader.ts';

type Reply = [type: number, text: string | null];

const stream = Buffer.from(
  '+OK\r\n$15\r\n1526919030474-0\r\n:1\r\n-OOM no memory\r\n$-1\r\n$0\r\n\r\n$4\r\na\r\nb\r\n:-1\r\n',
);
const replies: Reply[] = [
  [ReplyType.SIMPLE, 'OK'],
  [ReplyType.BULK, '1526919030474-0'],
  [ReplyType.INTEGER, '1'],
  [ReplyType.ERROR, 'OOM no memory'],
  [ReplyType.BULK, null],
  [ReplyType.BULK, ''],
  [ReplyType.BULK, 'a\r\nb'],
  [ReplyType.INTEGER, '-1'],
];

function readChunks(chunks: readonly Buffer[]): Reply[] {
  const read: Reply[] = [];
  const reader = new RespReader((type, bytes, start, end) => {
    read.push([type, start < 0 ? null : bytes.toString('latin1', start, end)]);
  });
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    reader.feed(copy);
    // Who feeds may use the chunk again.
    copy.fill(0x58);
  }
  return read;
}

test('reads every kind of reply from one chunk', () => {
  expect(readChunks([stream])).toEqual(replies);
});

test('reads the same wherever the stream is split', () => {
  for (let at = 0; at <= stream.length; at++) {
    expect(readChunks([stream.subarray(0, at), stream.subarray(at)])).toEqual(replies);
  }
});

test('reads the same byte by byte', () => {
  expect(readChunks(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(replies);
});

test('hands a reply over with its last byte, not later', () => {
  const read: number[] = [];
  const reader = new RespReader((type) => read.push(type));
  reader.feed(Buffer.from(':1\r'));
  expect(read).toEqual([]);
  reader.feed(Buffer.from('\n:2'));
  expect(read).toEqual([ReplyType.INTEGER]);
});

test.each(['*1\r\n:1\r\n', 'OK\r\n', '_\r\n'])('refuses %j, which no command of the link answers', (text) => {
  expect(() => readChunks([Buffer.from(text)])).toThrow('unexpected reply type');
});
