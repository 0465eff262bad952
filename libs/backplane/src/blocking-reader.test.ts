import { afterAll, expect, test } from 'vitest';
import { BlockingReader } from './blocking-reader.ts';
import { TestStore } from './testing/test-store.ts';
import { until } from './testing/until.ts';

const store = new TestStore();
const { redis, url } = store;
const name = `${store.keys.namespace}-reader`;
const stream = `${store.keys.namespace}:stream`;
const taken: string[] = [];
const failures: unknown[] = [];
let last = '0';
let reads = 0;
const reader = new BlockingReader({
  connection: { url, name, connectTimeoutMs: 2000 },
  read: async (own, blockMs) => {
    reads++;
    const found = await own.xread('BLOCK', blockMs, 'STREAMS', stream, last);
    for (const [id, fields] of found?.[0]?.[1] ?? []) {
      last = id;
      taken.push(fields[1]!);
    }
  },
  onFailed: (error) => failures.push(error),
});
afterAll(() => store.close());

const write = (word: string): Promise<string | null> => redis.xadd(stream, '*', 'word', word);

/** Its connections, by their ids. */
const connections = async (): Promise<string[]> =>
  String(await redis.client('LIST'))
    .split('\n')
    .filter((line) => line.includes(` name=${name} `))
    .map((line) => /^id=(\d+)/.exec(line)![1]!);

test('reads on after its connection was lost, and after it was told to begin anew', async () => {
  reader.start();
  reader.start();
  await write('a');
  await until('the first', () => taken.length === 1);
  const [first] = await connections();
  await redis.client('KILL', 'ID', first!);
  await write('b');
  await until('the second', () => taken.length === 2);
  expect(failures).not.toEqual([]);
  reader.reconnect();
  await write('c');
  await until('the third', () => taken.length === 3);
  expect(taken).toEqual(['a', 'b', 'c']);
  expect(await connections()).not.toContain(first);
});

test('closed, it reads nothing more and leaves no connection', async () => {
  await reader.close();
  await reader.close();
  const before = reads;
  reader.reconnect();
  await until('its connection to be gone', async () => (await connections()).length === 0);
  await write('d');
  expect([reads, taken.length]).toEqual([before, 3]);
});
