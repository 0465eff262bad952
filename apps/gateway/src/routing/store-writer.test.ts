import { isReplyError } from '@tributary/backplane';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReplyLoser } from '../testing/proxy.ts';
import { StoreDesk, testRedisUrl } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { type Answer, StoreWriter } from './store-writer.ts';

/** Names to append to a list; one that begins with `!` Redis refuses. */
class Desk {
  readonly writer: StoreWriter<string, number>;
  /** `name=answer`, in the order they came; errors of Redis as `name refused`, others as `name failed`. */
  readonly answers: string[] = [];
  /** Names of each batch that was sent. */
  readonly batches: string[][] = [];
  readonly #store: StoreDesk;

  constructor(store: StoreDesk) {
    this.#store = store;
    this.writer = new StoreWriter(store.store, (names) => this.#send(names));
  }

  get list(): string {
    return `${this.#store.keys.namespace}:list`;
  }

  submit(...names: string[]): void {
    for (const name of names) {
      this.writer.submit(name, (answer) => this.answers.push(this.#say(name, answer)));
    }
  }

  /** What Redis has. */
  stored(): Promise<string[]> {
    return this.#store.redis.lrange(this.list, 0, -1);
  }

  async answered(count: number): Promise<string[]> {
    await until(`${count} answers; there are ${this.answers.length}`, () => this.answers.length >= count);
    return this.answers;
  }

  #say(name: string, answer: Answer<number>): string {
    if (!(answer instanceof Error)) return `${name}=${answer}`;
    return isReplyError(answer) ? `${name} refused` : `${name} failed`;
  }

  async #send(names: readonly string[]): Promise<Answer<number>[]> {
    this.batches.push([...names]);
    const pipeline = this.#store.store.redis.pipeline();
    for (const name of names) {
      if (name.startsWith('!')) pipeline.call('INCR', this.list);
      else pipeline.rpush(this.list, name);
    }
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => error ?? (reply as number));
  }
}

const names = (count: number, prefix = 'n'): string[] => Array.from({ length: count }, (_, n) => prefix + n);

let store: StoreDesk;
let proxy: ReplyLoser;
let desk: Desk;

beforeEach(async () => {
  proxy = await ReplyLoser.start(testRedisUrl());
  store = await new StoreDesk(proxy.url).started();
  desk = new Desk(store);
});
afterEach(async () => {
  desk.writer.close();
  await store.close();
  await proxy.stop();
});

describe('while Redis answers', () => {
  test('requests of one turn go together, and are answered in order', async () => {
    desk.submit('a', 'b', 'c');
    expect(desk.batches).toEqual([]);
    expect(desk.writer.size).toBe(3);
    expect(await desk.answered(3)).toEqual(['a=1', 'b=2', 'c=3']);
    expect(desk.batches).toEqual([['a', 'b', 'c']]);
    expect(desk.writer.size).toBe(0);
  });

  test('what comes while a batch is on its way follows with the next', async () => {
    desk.submit('a');
    await until('the first batch to be sent', () => desk.batches.length === 1);
    desk.submit('b', 'c');
    expect(await desk.answered(3)).toEqual(['a=1', 'b=2', 'c=3']);
    expect(desk.batches).toEqual([['a'], ['b', 'c']]);
  });

  test('a thousand requests keep their order over several batches', async () => {
    const all = names(1000);
    desk.submit(...all);
    expect(await desk.answered(1000)).toEqual(all.map((name, n) => `${name}=${n + 1}`));
    expect(await desk.stored()).toEqual(all);
    expect(desk.batches.length).toBeGreaterThan(1);
  });

  test('an answer may ask for more', async () => {
    desk.writer.submit('a', () => desk.submit('b'));
    expect(await desk.answered(1)).toEqual(['b=2']);
  });

  test('what Redis refuses is answered with its error, once, and is not sent again', async () => {
    desk.submit('a', '!', 'b');
    expect(await desk.answered(3)).toEqual(['a=1', '! refused', 'b=2']);
    desk.submit('c');
    await desk.answered(4);
    expect(desk.batches).toEqual([['a', '!', 'b'], ['c']]);
  });
});

describe('when the connection is lost', () => {
  test('what Redis did not answer goes again, in order, and is answered once', async () => {
    desk.submit('a');
    await desk.answered(1);
    proxy.isDeaf = true;
    desk.submit('b', 'c');
    await until('Redis to have them', async () => (await desk.stored()).length === 3);
    desk.submit('d');
    expect(desk.answers).toEqual(['a=1']);
    proxy.cut();
    expect(await desk.answered(4)).toEqual(['a=1', 'b=4', 'c=5', 'd=6']);
    // Redis had carried out the first attempt: whoever writes through this must bear to be repeated.
    expect(await desk.stored()).toEqual(['a', 'b', 'c', 'b', 'c', 'd']);
    expect(desk.writer.size).toBe(0);
  });

  test('what comes while it is away waits for it', async () => {
    proxy.cut();
    await until('the loss to be noticed', () => !store.store.isUp);
    desk.submit('a', 'b');
    expect(await desk.answered(2)).toEqual(['a=1', 'b=2']);
    expect(await desk.stored()).toEqual(['a', 'b']);
  });

  test('an error of Redis among the answers that came stays answered', async () => {
    const sent: string[][] = [];
    const lost = new Error('Connection is closed.');
    const refusal = await store.redis.call('INCR').catch((error: Error) => error);
    const writer = new StoreWriter<string, string>(store.store, (requests) => {
      sent.push([...requests]);
      return Promise.resolve(
        sent.length === 1 ? ['one', refusal as Error, lost, lost] : requests.map((request) => `${request}!`),
      );
    });
    const answers: Answer<string>[] = [];
    for (const name of ['a', 'b', 'c', 'd']) writer.submit(name, (answer) => answers.push(answer));
    await until('two answers', () => answers.length === 2);
    await store.cut();
    await until('four answers', () => answers.length === 4);
    expect(sent).toEqual([
      ['a', 'b', 'c', 'd'],
      ['c', 'd'],
    ]);
    expect(answers).toEqual(['one', refusal, 'c!', 'd!']);
    writer.close();
  });

  test('connections that are killed over and over lose nothing, double no answer and keep the order', async () => {
    const all = names(2000);
    for (let at = 0; at < all.length; at += 100) {
      desk.submit(...all.slice(at, at + 100));
      if (at % 500 === 0) await store.cut();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await desk.answered(all.length);
    expect(desk.answers.map((answer) => answer.split('=')[0])).toEqual(all);
    // Repeats apart, Redis has them in their order.
    expect([...new Set(await desk.stored())]).toEqual(all);
  });
});

describe('when it is closed', () => {
  test('all that waits is answered with an error, once', async () => {
    proxy.isDeaf = true;
    desk.submit('a', 'b');
    await until('them to be sent', () => desk.batches.length === 1);
    desk.writer.close();
    desk.writer.close();
    expect(desk.answers).toEqual(['a failed', 'b failed']);
    expect(desk.writer.size).toBe(0);
    proxy.cut();
    await until('the store to be up again', () => store.store.isUp);
    expect(desk.answers).toHaveLength(2);
    expect(desk.batches).toHaveLength(1);
  });

  test('what comes later is answered at once', () => {
    desk.writer.close();
    desk.submit('a');
    expect(desk.answers).toEqual(['a failed']);
  });
});
