import { expect, test } from 'vitest';
import { RateBook } from '../admission/rates/rate-book.ts';
import { ratesSchema } from './rates.ts';

const problemsOf = (rates: unknown): string[] =>
  ratesSchema.safeParse(rates).error?.issues.map(({ path }) => path.join('.')) ?? [];
const pump = { clientId: 'pump', user: 'anna', class: 'standard', listener: 'mqtt' } as const;

test('as it is shipped nothing is limited', () => {
  const book = new RateBook(ratesSchema.parse({}), () => 0);
  expect(book.enter(pump)).toEqual([]);
  expect(book.enterReplay('pump')).toEqual([]);
});

test('what is written is what holds; a burst that is not is a second of the rate', () => {
  const rates = ratesSchema.parse({
    device: { messages: { rate: '30/m' }, bytes: { rate: '64KiB/s', burst: '1MiB' } },
    user: { mode: 'observe', messages: { rate: '500/s', burst: 10 } },
  });
  const limits = new RateBook(rates, () => 0).enter(pump).map(({ limit }) => limit);
  expect(limits.map(({ perSecond, burst, isObserved }) => [perSecond, burst, isObserved])).toEqual([
    [0.5, 1, false],
    [65_536, 1_048_576, false],
    [500, 10, true],
  ]);
});

test.each([
  [{ device: { messages: { rate: '0/s' } } }, 'device.messages.rate'],
  [{ device: { messages: { rate: '50/s', burst: '10' } } }, 'device.messages.burst'],
  [{ device: { bytes: { rate: '50/s' } } }, 'device.bytes.rate'],
  [{ device: { bytes: { rate: '1MiB/s', burst: 10 } } }, 'device.bytes.burst'],
  [{ device: { bytes: {} } }, 'device.bytes.rate'],
  [{ replay: { node: { rate: '1MiB/s' } } }, 'replay.node.rate'],
  [{ refusals: { rate: '1/d' } }, 'refusals.rate'],
  [{ user: { mode: 'on' } }, 'user.mode'],
])('%j is refused by its name', (rates, path) => {
  expect(problemsOf(rates)).toEqual([path]);
});
