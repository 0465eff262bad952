import type { FeedMessage, Subscription } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { retryDelayMs } from './backoff.ts';
import { Feed, silenceMs, type FeedSocket } from './feed.ts';

/** A world with a clock that is moved by hand and sockets that are played by the test. */
function play(wanted: Subscription[] = [{ ch: 'fleet' }]) {
  const sockets: (FeedSocket & { sent: unknown[]; closed: boolean; readyState: number })[] = [];
  const timers = new Map<object, { at: number; run: () => void }>();
  const statuses: string[] = [];
  const messages: FeedMessage[] = [];
  let now = 0;
  const feed = new Feed(
    {
      open: () => {
        const sent: unknown[] = [];
        const socket = {
          ...{ sent, closed: false, readyState: 1, onopen: null, onmessage: null, onclose: null },
          send: (text: string) => void sent.push(JSON.parse(text)),
          close() {
            socket.closed = true;
          },
        } as FeedSocket & { sent: unknown[]; closed: boolean; readyState: number };
        sockets.push(socket);
        return socket;
      },
      now: () => now,
      random: () => 0,
      after: (ms, then) => {
        const handle = {};
        timers.set(handle, { at: now + ms, run: then });
        return () => void timers.delete(handle);
      },
    },
    { message: (message) => messages.push(message), status: (status) => statuses.push(status) },
  );
  feed.subscribe(wanted);
  feed.start();
  const pass = (ms: number): void => {
    now += ms;
    for (const [handle, timer] of timers) {
      if (timer.at > now) continue;
      timers.delete(handle);
      timer.run();
    }
  };
  const last = () => sockets.at(-1)!;
  const say = (message: object): void => last().onmessage?.({ data: JSON.stringify({ now: 1, ...message }) });
  const open = (): void => {
    last().onopen?.();
    say({ type: 'hello', build: 'b1' });
  };
  return { feed, sockets, statuses, messages, pass, last, say, open };
}

const rows = (type: string, seq: number) => ({ type, ch: 'rows', seq, rows: [], gone: [] });

test('subscribes when the socket opens and is live once the server spoke', () => {
  const world = play();
  expect(world.statuses).toEqual(['connecting']);
  world.open();
  expect(world.last().sent).toEqual([{ sub: [{ ch: 'fleet' }] }]);
  expect(world.statuses).toEqual(['connecting', 'live']);
});

test('sends a changed subscription whole, and an unchanged one not at all', () => {
  const world = play();
  world.open();
  world.feed.subscribe([{ ch: 'fleet' }]);
  world.feed.subscribe([{ ch: 'fleet' }, { ch: 'nodes' }]);
  expect(world.last().sent.slice(1)).toEqual([{ sub: [{ ch: 'fleet' }, { ch: 'nodes' }] }]);
});

test('sends nothing to a socket that is closing: the next one is told all of it', () => {
  const world = play();
  world.open();
  world.last().readyState = 2;
  world.feed.subscribe([{ ch: 'nodes' }]);
  expect(world.last().sent).toHaveLength(1);
  world.last().onclose?.({ code: 1006 });
  world.pass(250);
  world.open();
  expect(world.last().sent).toEqual([{ sub: [{ ch: 'nodes' }] }]);
});

test('says lost once, and comes back by itself with growing patience', () => {
  const world = play();
  world.open();
  world.last().onclose?.({ code: 1006 });
  world.pass(250); // half of 0.5 s, as random is 0
  expect(world.sockets).toHaveLength(2);
  world.last().onclose?.({ code: 1006 });
  world.pass(499);
  expect(world.sockets).toHaveLength(2);
  world.pass(1);
  expect(world.sockets).toHaveLength(3);
  world.open();
  expect(world.statuses).toEqual(['connecting', 'live', 'lost', 'live']);
  expect(world.last().sent).toHaveLength(1);
});

test('a socket that stays open but silent is lost too', () => {
  const world = play();
  world.open();
  world.pass(silenceMs);
  expect(world.statuses.at(-1)).toBe('lost');
  expect(world.last().closed).toBe(true);
});

test('a missing message is not shown; a fresh snapshot is asked for', () => {
  const world = play([{ ch: 'fleet' }, { ch: 'rows', ids: ['a'] }]);
  world.open();
  world.say(rows('snapshot', 1));
  world.say(rows('delta', 2));
  world.say(rows('delta', 4));
  world.say(rows('delta', 5));
  expect(world.messages).toHaveLength(3);
  expect(world.last().sent.slice(1)).toEqual([
    { sub: [{ ch: 'fleet' }, { ch: 'rows', ids: ['a'], fresh: true }] },
  ]);
  world.say(rows('snapshot', 1));
  expect(world.messages).toHaveLength(4);
});

test('what is no message of the feed ends the connection, not the page', () => {
  const world = play();
  world.open();
  world.say({ type: 'surprise' });
  expect(world.statuses.at(-1)).toBe('lost');
});

test('retry now does not wait, and does nothing while connected', () => {
  const world = play();
  world.open();
  world.feed.retryNow();
  expect(world.sockets).toHaveLength(1);
  world.last().onclose?.({ code: 1006 });
  world.feed.retryNow();
  expect(world.sockets).toHaveLength(2);
});

test('waits between half and all of 0.5 s doubling to 15 s', () => {
  expect([0, 1, 2, 20].map((attempt) => retryDelayMs(attempt, 0))).toEqual([250, 500, 1000, 7500]);
  expect(retryDelayMs(20, 1)).toBe(15_000);
});

test('a server that greets and then says what cannot be read is asked ever more rarely', () => {
  const world = play();
  for (const waitMs of [250, 500, 1000, 2000]) {
    world.open();
    world.say({ type: 'surprise' });
    const before = world.sockets.length;
    world.pass(waitMs - 1);
    expect(world.sockets).toHaveLength(before);
    world.pass(1);
    expect(world.sockets).toHaveLength(before + 1);
  }
});

test('after a connection that held for a while patience begins anew', () => {
  const world = play();
  for (let i = 0; i < 3; i++) {
    world.open();
    world.pass(3000);
    world.last().onclose?.({ code: 1006 });
    world.pass(250);
    expect(world.sockets).toHaveLength(i + 2);
  }
});

test('a session that ended ends the feed until somebody signed in', () => {
  const world = play();
  world.open();
  world.last().onclose?.({ code: 4401 });
  world.pass(60_000);
  expect(world.statuses.at(-1)).toBe('signed-out');
  expect(world.sockets).toHaveLength(1);
  world.feed.retryNow();
  expect(world.sockets).toHaveLength(2);
});

test('changed rights bring a new connection soon, and nothing is called lost', () => {
  const world = play();
  world.open();
  world.last().onclose?.({ code: 4403 });
  world.pass(100);
  world.open();
  expect(world.sockets).toHaveLength(2);
  expect(world.statuses).toEqual(['connecting', 'live', 'live']);
});

test('after a pause every channel begins with a new snapshot', () => {
  const world = play([{ ch: 'fleet' }, { ch: 'nodes' }]);
  world.open();
  world.feed.refresh();
  expect(world.last().sent.at(-1)).toEqual({
    sub: [
      { ch: 'fleet', fresh: true },
      { ch: 'nodes', fresh: true },
    ],
  });
});
