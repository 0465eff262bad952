import { expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { ListenerDrain, type ListenerDrainParts } from './listener-drain.ts';

/** Sessions of a node, as far as they are drained, and how they ended. */
class Fleet {
  readonly ended: [name: string, reason: string][] = [];
  readonly paused: string[] = [];
  readonly sessions: unknown[] = [];
  readonly greeting = new Set<unknown>();
  answered: Promise<void> = Promise.resolve();

  add(name: string, listener: string, connectedAt: number): { readonly connection: object } {
    const session = {
      connection: { listener, pause: () => void this.paused.push(name) },
      connectedAt,
      upstream: { answered: () => this.answered },
      close: (reason: string) => void this.ended.push([name, reason]),
    };
    this.sessions.push(session);
    return session;
  }

  /** A drain of it, at 100 ms. */
  drain(): ListenerDrain {
    const registry = { all: () => this.sessions.values() };
    return new ListenerDrain({
      registry,
      greeting: this.greeting,
      now: () => 100,
    } as unknown as ListenerDrainParts);
  }
}

test('those who came through the listener until then go as drained; others, and who comes later, stay', async () => {
  const fleet = new Fleet();
  fleet.add('before', 'old', 100);
  fleet.add('other', 'new', 50);
  fleet.add('later', 'old', 101);
  const greeting = fleet.add('on its way', 'old', 105);
  fleet.greeting.add(greeting.connection);
  fleet.drain().begin('old', 0);
  // It has its session now.
  fleet.greeting.clear();
  await until('two to be gone', () => fleet.ended.length === 2);
  expect(fleet.ended).toEqual([
    ['before', 'drained'],
    ['on its way', 'drained'],
  ]);
});

test('who has not said who it is by then goes too: its session would stay for ever', async () => {
  const fleet = new Fleet();
  const greeting = (name: string, listener: string): object => ({
    listener,
    close: (reason: string) => void fleet.ended.push([name, reason]),
  });
  for (const name of ['old', 'new']) fleet.greeting.add(greeting(`greets ${name}`, name));
  fleet.drain().begin('old', 0);
  fleet.greeting.add(greeting('comes later', 'old'));
  await until('it to be gone', () => fleet.ended.length > 0);
  expect(fleet.ended).toEqual([['greets old', 'drained']]);
});

test('many go fifty at a time, and none when the node stops', async () => {
  const fleet = new Fleet();
  for (let n = 0; n < 120; n++) fleet.add(`device-${n}`, 'old', 1);
  const drain = fleet.drain();
  drain.begin('old', 0);
  await until('the first', () => fleet.ended.length > 0);
  expect(fleet.ended).toHaveLength(50);
  await until('all', () => fleet.ended.length === 120);
  fleet.add('one more', 'old', 1);
  drain.begin('old', 0);
  drain.stop();
  await new Promise((resolve) => setImmediate(resolve));
  expect(fleet.ended).toHaveLength(120);
});

test('what a device sent is answered before it goes', async () => {
  const fleet = new Fleet();
  let answer = (): void => {};
  fleet.answered = new Promise((resolve) => (answer = resolve));
  fleet.add('busy', 'old', 1);
  fleet.drain().begin('old', 0);
  await until('it not to be read any more', () => fleet.paused.length === 1);
  expect(fleet.ended).toEqual([]);
  answer();
  await until('its end', () => fleet.ended.length === 1);
});
