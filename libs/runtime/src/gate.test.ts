import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
function work(name: string, begun: string[]): { run: () => Promise<string>; end: () => void } {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    run: async () => {
      begun.push(name);
      await ended;
      return name;
    },
    end: () => end(),
  };
}

test('so many run at a time, and the others in the order they came', async () => {
  const gate = new Gate(2);
  const begun: string[] = [];
  const all = ['a', 'b', 'c', 'd'].map((name) => work(name, begun));
  const results = all.map(({ run }) => gate.run(run));
  await turn();
  expect([begun, gate.waiting]).toEqual([['a', 'b'], 2]);
  all[1]!.end();
  await turn();
  await turn();
  expect([begun, gate.waiting]).toEqual([['a', 'b', 'c'], 1]);
  for (const { end } of all) end();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  expect(gate.waiting).toBe(0);
});

test('work that fails makes room as any other, and its error is its caller’s', async () => {
  const gate = new Gate(1);
  const failing = gate.run(() => Promise.reject(new Error('no')));
  const next = gate.run(() => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
  expect(await gate.run(() => Promise.resolve('again'))).toBe('again');
});
