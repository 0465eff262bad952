import { createLogger } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { Reloader } from './reloader.ts';

const logger = createLogger({ level: 'silent' });
let desk: StoreDesk;
beforeAll(async () => {
  desk = await new StoreDesk().started();
});
afterAll(() => desk.close());

test('told while it reads, it reads once more for all who told', async () => {
  const ends: (() => void)[] = [];
  const reloader = new Reloader(desk.store, logger, 'it', () => new Promise((resolve) => ends.push(resolve)));
  const first = reloader.reload();
  const others = [reloader.reload(), reloader.reload()];
  expect(ends).toHaveLength(1);
  ends[0]!();
  await first;
  await until('the second reading', () => ends.length === 2);
  ends[1]!();
  await Promise.all(others);
  expect(ends).toHaveLength(2);
});

test('a reading that fails is told to who asked, and the next one is done all the same', async () => {
  let readings = 0;
  const reloader = new Reloader(desk.store, logger, 'it', () =>
    ++readings === 1 ? Promise.reject(new Error('no')) : Promise.resolve(),
  );
  const [first, second] = [reloader.reload(), reloader.reload()];
  await expect(first).rejects.toThrow('no');
  await second;
  expect(readings).toBe(2);
});

test('it reads when Redis is back', async () => {
  let readings = 0;
  const reloader = new Reloader(desk.store, logger, 'it', () => Promise.resolve(void readings++));
  await reloader.start();
  expect(readings).toBe(1);
  await desk.cut();
  await until('it to read again', () => readings > 1);
  reloader.stop();
  expect(desk.store.listenerCount('up')).toBe(0);
});
