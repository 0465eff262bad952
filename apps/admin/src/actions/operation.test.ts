import { ManualClock } from '@tributary/runtime';
import { describe, expect, test } from 'vitest';
import { answerWithinMs } from './operation.ts';
import { OperationBook } from './operation-book.ts';

const facts = { action: 'disconnect-many', target: 'fw:2.4', reason: 'a test', by: 'ann' } as const;

function desk(total: number) {
  const clock = new ManualClock();
  const book = new OperationBook(clock);
  const ends: string[] = [];
  const operation = book.open({ ...facts, total }, ({ state }) => ends.push(state));
  const pass = (ms: number): void => {
    clock.advance(ms);
    book.expire();
  };
  return { clock, book, operation, ends, pass };
}

describe('an operation', () => {
  test('is done when every target has an outcome, and not before', () => {
    const { book, clock, operation, ends } = desk(3);
    const { id } = operation.facts;
    for (const device of ['a', 'b']) operation.asked(device, clock.monotonic());
    operation.decided('not-connected', 1, clock.now());
    expect(operation.view()).toMatchObject({ state: 'running', endedAt: null });
    book.answered(id, 'a', 'disconnected', '');
    expect(ends).toEqual([]);
    book.answered(id, 'b', 'superseded', '');
    expect(operation.view()).toMatchObject({
      state: 'done',
      outcomes: { 'not-connected': 1, 'disconnected': 1, 'superseded': 1 },
    });
    expect(ends).toEqual(['done']);
  });

  test('counts who does not answer within 5 s, and the answer that comes after all', () => {
    const { book, clock, operation, ends, pass } = desk(2);
    operation.asked('a', clock.monotonic());
    pass(answerWithinMs - 1);
    operation.asked('b', clock.monotonic());
    pass(1);
    expect(operation.view()).toMatchObject({ state: 'running', outcomes: { unanswered: 1 } });
    pass(answerWithinMs);
    expect(operation.view()).toMatchObject({ state: 'done', outcomes: { unanswered: 2 } });
    book.answered(operation.facts.id, 'b', 'disconnected', '');
    expect(operation.view().outcomes).toEqual({ unanswered: 1, disconnected: 1 });
    expect(ends).toEqual(['done']);
  });

  test('counts each target once, and nobody it did not ask', () => {
    const { book, clock, operation } = desk(2);
    operation.asked('a', clock.monotonic());
    for (const device of ['a', 'a', 'stranger'])
      book.answered(operation.facts.id, device, 'disconnected', '');
    book.answered('op-unknown', 'a', 'disconnected', '');
    expect(operation.view()).toMatchObject({ state: 'running', outcomes: { disconnected: 1 } });
  });

  test('adds up what the nodes say they ended', () => {
    const { book, clock } = desk(0);
    const operation = book.open({ ...facts, action: 'ban', total: 3 });
    for (const node of ['x', 'y', 'z']) operation.asked(node, clock.monotonic());
    book.answered(operation.facts.id, 'x', 'applied', '1');
    expect(operation.view().detail).toBe('1 connection ended');
    book.answered(operation.facts.id, 'y', 'applied', '4');
    expect(operation.view().detail).toBe('5 connections ended');
    book.answered(operation.facts.id, 'z', 'failed', 'Redis is away');
    expect(operation.view()).toMatchObject({ detail: 'Redis is away', outcomes: { applied: 2, failed: 1 } });
  });

  test('that is stopped waits for the answers under way', () => {
    const { book, clock, operation, ends } = desk(10);
    operation.asked('a', clock.monotonic());
    operation.stop(clock.now());
    operation.stop(clock.now());
    expect(operation.view()).toMatchObject({ state: 'stopped', endedAt: null, outcomes: { 'not-sent': 9 } });
    book.answered(operation.facts.id, 'a', 'disconnected', '');
    expect(operation.view()).toMatchObject({ state: 'stopped', endedAt: clock.now() });
    expect(ends).toEqual(['stopped']);
  });

  test('that has ended cannot be stopped', () => {
    const { clock, operation } = desk(1);
    operation.decided('not-connected', 1, clock.now());
    operation.stop(clock.now());
    expect(operation.view()).toMatchObject({ state: 'done', outcomes: { 'not-connected': 1 } });
  });

  test('about nobody is done at once', () => {
    const { clock, operation, ends } = desk(0);
    operation.endIfEmpty(clock.now());
    expect([operation.state, ends]).toEqual(['done', ['done']]);
  });
});

describe('the book', () => {
  test('tells what changed, and shows what ended for 15 minutes', () => {
    const { book, clock, operation } = desk(1);
    const before = book.changes;
    expect(book.changedSince(before)).toEqual([]);
    operation.decided('not-connected', 1, clock.now());
    expect(book.changedSince(before).map(({ id }) => id)).toEqual([operation.facts.id]);
    clock.advance(15 * 60_000 + 1);
    expect(book.list()).toEqual([]);
    expect(book.get(operation.facts.id)?.state).toBe('done');
  });

  test('forgets the oldest that have ended, never one under way', () => {
    const { book, clock, operation } = desk(1);
    for (let i = 0; i < 600; i++) book.open({ ...facts, total: 0 }).endIfEmpty(clock.now());
    expect(book.get(operation.facts.id)).toBe(operation);
    expect(book.list()).toHaveLength(500);
    expect(book.activeCount).toBe(1);
  });
});
