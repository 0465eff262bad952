import { expect, test } from 'vitest';
import { BoundedGate, GateFull } from './bounded-gate.ts';

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; end: () => void; hasBegun: () => boolean } {
  let end = (): void => {};
  let hasBegun = false;
  const done = new Promise<string>((resolve) => (end = () => resolve('done')));
  return { work: () => ((hasBegun = true), done), end: () => end(), hasBegun: () => hasBegun };
}

test('lets so many run, so many wait, and turns the rest away at once', async () => {
  const gate = new BoundedGate({ maxRunning: 1, maxWaiting: 4 });
  const pieces = Array.from({ length: 6 }, held);
  const [first, ...others] = pieces.map((piece, i) => gate.run(`source-${i}`, piece.work));
  await expect(others.at(-1)).rejects.toThrow(GateFull);
  expect(pieces.map(({ hasBegun }) => hasBegun())).toEqual([true, false, false, false, false, false]);
  expect(gate.waiting).toBe(4);
  for (const piece of pieces) piece.end();
  await expect(Promise.all([first, ...others.slice(0, 4)])).resolves.toHaveLength(5);
  expect(await gate.run('x', () => Promise.resolve('again'))).toBe('again');
});

test('leaves room for others when one source asks for all of it', async () => {
  const gate = new BoundedGate({ maxRunning: 1, maxWaiting: 8 });
  const piece = held();
  const attack = Array.from({ length: 20 }, () => gate.run('attacker', piece.work).catch(() => 'away'));
  expect(gate.waiting).toBe(2);
  const honest = gate.run('honest', piece.work);
  piece.end();
  expect(await honest).toBe('done');
  expect((await Promise.all(attack)).filter((outcome) => outcome === 'done')).toHaveLength(3);
});

test('an attacker with a whole /64 is one source', async () => {
  const gate = new BoundedGate({ maxRunning: 1, maxWaiting: 8 });
  const piece = held();
  const attack = Array.from({ length: 20 }, (_, i) =>
    gate.run(`2001:db8::${i}`, piece.work).catch(() => 'away'),
  );
  expect(gate.waiting).toBe(2);
  const neighbour = gate.run('2001:db8:0:1::1', piece.work);
  piece.end();
  expect(await neighbour).toBe('done');
  await Promise.all(attack);
});

test('a piece of work that fails makes room like any other', async () => {
  const gate = new BoundedGate({ maxRunning: 1, maxWaiting: 4 });
  const failing = gate.run('a', () => Promise.reject(new Error('no')));
  const next = gate.run('a', () => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
