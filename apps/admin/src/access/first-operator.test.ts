import { expect, test } from 'vitest';
import { cheapCost } from '../testing/admin.ts';
import { FirstOperator, type OperatorMaker } from './first-operator.ts';
import { HashDesk } from './hash-desk.ts';
import type { Page } from './operator-book.ts';
import { operatorRecordSchema } from './operator-record.ts';
import { matchesHash } from './password-hash.ts';

/** Operators as Redis has them, whose answers may get lost. */
class Desk implements OperatorMaker {
  readonly desk = new HashDesk(cheapCost);
  readonly book: { page: Page } = {
    page: { version: '0', operators: new Map(), tokens: new Map(), isEmpty: true },
  };
  stored: Page = this.book.page;
  losesRequests = 0;
  losesAnswers = 0;

  async change(...[, , edit]: Parameters<OperatorMaker['change']>): Promise<boolean> {
    if (this.losesRequests-- > 0) throw new Error('Redis went');
    const changes = edit(this.stored);
    for (const { field, value = '' } of changes ?? []) {
      const operators = new Map([[field, operatorRecordSchema.parse(JSON.parse(value))]]);
      this.stored = { ...this.stored, operators, isEmpty: false };
    }
    if (this.losesAnswers-- > 0) throw new Error('Redis went');
    this.book.page = this.stored;
    return changes !== undefined;
  }
}

test('its password is told when the answer of Redis was lost, and once', async () => {
  const [desk, told] = [new Desk(), [] as (string | undefined)[]];
  const first = new FirstOperator(desk, { onFirstOperator: (password) => told.push(password) });
  desk.losesRequests = 1;
  await expect(first.look()).rejects.toThrow('Redis went');
  desk.losesAnswers = 1;
  await expect(first.look()).rejects.toThrow('Redis went');
  expect(told).toEqual([]);
  desk.book.page = desk.stored;
  await first.look();
  await first.look();
  expect(told).toHaveLength(1);
  expect(await matchesHash(told[0] ?? '', desk.stored.operators.get('admin')!.password)).toBe(true);
  expect(desk.desk.runs).toBe(1);
});

test('of an operator that another process has made nothing is told', async () => {
  const [one, other] = [new Desk(), new Desk()];
  const told: (string | undefined)[] = [];
  await new FirstOperator(one, {}).look();
  other.stored = one.stored;
  const late = new FirstOperator(other, { onFirstOperator: (password) => told.push(password) });
  await late.look();
  await late.look();
  expect(told).toEqual([]);
});
