import { expect, test } from 'vitest';
import type { ReceivedMessage } from '@tributary/backplane';
import { Receiving } from './receiving.ts';

const received = (isRouted: boolean): ReceivedMessage =>
  ({ epoch: 1, seq: 7, isRouted }) as Partial<ReceivedMessage> as ReceivedMessage;

test('what earlier connections stored is known, and does not count against the window of this one [MQTT 5 section 4.9]', () => {
  const receiving = new Receiving(new Map([[5, received(true)]]));
  receiving.move(6, 'storing');
  expect([receiving.stateOf(5), receiving.size, receiving.awaitingRelease]).toEqual(['stored', 2, 1]);
  expect(receiving.released(5)).toBe(true);
  expect([receiving.stateOf(5), receiving.size, receiving.awaitingRelease]).toEqual([undefined, 1, 1]);
});

test('what was perhaps not handed on is given out once, and not after its release', () => {
  const receiving = new Receiving(
    new Map([
      [5, received(false)],
      [6, received(false)],
      [7, received(true)],
    ]),
  );
  expect(receiving.takeUnrouted(5)?.seq).toBe(7);
  expect(receiving.takeUnrouted(5)).toBeUndefined();
  expect(receiving.takeUnrouted(7)).toBeUndefined();
  receiving.released(6);
  expect(receiving.takeUnrouted(6)).toBeUndefined();
});

test('a refused packet id takes no room, may be used again at once, and its removal asks for no PUBCOMP', () => {
  const receiving = new Receiving(new Map());
  receiving.move(5, 'stored');
  receiving.refuse(5);
  expect([receiving.stateOf(5), receiving.awaitingRelease]).toEqual(['refused', 0]);
  receiving.move(5, 'storing');
  expect(receiving.released(5)).toBe(false);
  expect([receiving.stateOf(5), receiving.storing, receiving.awaitingRelease]).toEqual(['storing', 1, 1]);
  receiving.move(5, 'stored');
  expect(receiving.released(5)).toBe(true);
  expect(receiving.size).toBe(0);
});

test('a refused packet id of an earlier connection makes no room for more than the window', () => {
  const receiving = new Receiving(new Map([[5, received(false)]]));
  receiving.move(5, 'storing');
  receiving.refuse(5);
  expect(receiving.awaitingRelease).toBe(0);
  receiving.move(5, 'storing');
  receiving.released(5);
  expect(receiving.awaitingRelease).toBe(1);
});
