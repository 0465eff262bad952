import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { messageOf } from '../testing/messages.ts';
import { until } from '../testing/until.ts';
import { FanOut } from './fan-out.ts';

let fanOut: FanOut;
/** `message subscriber`, in the order they were handed on; `message done` when all have it. */
let log: string[];
let hasRoom: boolean;
let rooms: number;

beforeEach(() => {
  log = [];
  hasRoom = true;
  rooms = 0;
  fanOut = new FanOut(
    () => hasRoom,
    () => rooms++,
  );
});

afterEach(() => fanOut.close());

/** A message of a publisher for so many subscribers. */
function run(from: string, name: string, subscribers: number, payloadBytes = 1): void {
  function* steps(): Iterator<void> {
    for (let n = 1; n <= subscribers; n++) {
      log.push(`${name} ${n}`);
      yield;
    }
  }
  const message = messageOf({ from, payload: Buffer.alloc(payloadBytes) });
  fanOut.run(message, subscribers, steps(), () => log.push(`${name} done`));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const isDone = (name: string): boolean => log.includes(`${name} done`);
const dones = (): string[] => log.filter((line) => line.endsWith('done'));

describe('a message for a few', () => {
  test('is handed on at once', () => {
    run('p', 'a', 3);
    expect(log).toEqual(['a 1', 'a 2', 'a 3', 'a done']);
  });

  test('for nobody is done at once', () => {
    run('p', 'a', 0);
    expect(log).toEqual(['a done']);
  });
});

describe('a message for very many', () => {
  test('is handed on over many turns, all of it, and done once', async () => {
    run('p', 'a', 5000);
    expect(log.length).toBeLessThan(1000);
    await until('it to be done', () => isDone('a'));
    expect(log).toEqual([...Array.from({ length: 5000 }, (_, n) => `a ${n + 1}`), 'a done']);
  });

  test('does not hold up those of others', () => {
    run('p', 'a', 5000);
    run('q', 'b', 2);
    expect(isDone('b')).toBe(true);
    expect(isDone('a')).toBe(false);
  });

  test('takes turns with others of its size', async () => {
    for (const from of ['p', 'q', 'r']) run(from, from, 3000);
    await until('the first to be done', () => dones().length > 0);
    for (const from of ['p', 'q', 'r'])
      expect(log.filter((line) => line.startsWith(`${from} `)).length).toBeGreaterThan(2000);
    await until('all to be done', () => dones().length === 3);
  });

  test('holds back what its own publisher sends behind it', async () => {
    run('p', 'a', 1000);
    run('p', 'b', 1);
    run('p', 'c', 1);
    await until('all to be done', () => dones().length === 3);
    expect(dones()).toEqual(['a done', 'b done', 'c done']);
    expect(log.indexOf('b 1')).toBeGreaterThan(log.indexOf('a done') - 1);
  });
});

describe('without room', () => {
  test('nothing is handed on until there is, and then in order', async () => {
    hasRoom = false;
    for (const name of ['a', 'b', 'c']) run('p', name, 2);
    await turn();
    await turn();
    expect(log).toEqual([]);
    hasRoom = true;
    fanOut.pump();
    await until('all to be done', () => dones().length === 3);
    expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} 1`, `${name} 2`, `${name} done`]));
  });

  test('that ends within a message, it goes on where it stopped', async () => {
    run('p', 'a', 5000);
    const before = log.length;
    hasRoom = false;
    await turn();
    expect(log).toHaveLength(before);
    hasRoom = true;
    fanOut.pump();
    await until('it to be done', () => isDone('a'));
    expect(new Set(log).size).toBe(5001);
  });

  test('many small messages behind one another are handed on as many at a time as large ones have steps', async () => {
    hasRoom = false;
    for (let n = 0; n < 400; n++) run(`p${n % 10}`, String(n), 1);
    hasRoom = true;
    fanOut.pump();
    await turn();
    await turn();
    expect(dones()).toHaveLength(400);
  });
});

describe('what waits', () => {
  const mebibyte = 1024 * 1024;

  test('is bounded: above it publishers pause, and are told when there is room again', async () => {
    hasRoom = false;
    for (let n = 0; n < 30; n++) run('p', String(n), 1, mebibyte);
    expect(fanOut.isSaturated).toBe(false);
    for (let n = 30; n < 40; n++) run('p', String(n), 1, mebibyte);
    expect([fanOut.isSaturated, rooms]).toEqual([true, 0]);
    hasRoom = true;
    fanOut.pump();
    await until('all to be done', () => dones().length === 40);
    expect([fanOut.isSaturated, rooms]).toEqual([false, 1]);
  });

  test('counts what a message costs beside its payload', () => {
    hasRoom = false;
    for (let n = 0; n < 100_000 && !fanOut.isSaturated; n++) run(`p${n}`, '', 1, 0);
    expect(fanOut.isSaturated).toBe(true);
  });

  test('is given up when it is closed', async () => {
    run('p', 'a', 5000);
    const before = log.length;
    fanOut.close();
    await turn();
    await turn();
    expect(log).toHaveLength(before);
  });
});
