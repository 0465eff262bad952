import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commonName, makeCertificate } from '../../testing/x509.ts';
import { ListenerTickets, type TicketFacts } from './listener-tickets.ts';

const lifetimeMs = 60_000;
const [one, other] = [1, 2].map((serial) => makeCertificate(commonName('CA'), { serial }).certificate);
const plain: TicketFacts = {
  ...{ secret: Buffer.alloc(48, 7), listener: 'mqtts', asks: 'require', authorities: [], lists: '' },
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Tickets of a node, and the keys its server was given since. */
function node(differs: Partial<TicketFacts> = {}, now: () => number = () => 1_000_000) {
  const facts = { ...plain, ...differs };
  const given: Buffer[] = [];
  const tickets = new ListenerTickets({
    ...{ lifetimeMs, now, facts: () => facts },
    onRenewed: (keys) => void given.push(keys),
  });
  return { tickets, facts, given };
}

test('nodes with the same secret have the same keys, others have others', () => {
  const keys = node().tickets.current;
  expect(keys).toHaveLength(48);
  expect(node({ authorities: [one!, other!] }).tickets.current).toEqual(
    node({ authorities: [other!, one!] }).tickets.current,
  );
  expect(node().tickets.current).toEqual(keys);
  for (const differs of [
    { secret: Buffer.alloc(48, 8) },
    { listener: 'wss' },
    { asks: 'request' as const },
    { authorities: [one!] },
    { lists: 'ca@1' },
  ])
    expect(node(differs).tickets.current).not.toEqual(keys);
  expect(node({}, () => 1_000_000 + lifetimeMs).tickets.current).not.toEqual(keys);
});

test('without a secret each has its own, and they last until they are renewed', () => {
  const { tickets, given } = node({ secret: undefined });
  const { current } = tickets;
  expect(node({ secret: undefined }).tickets.current).not.toEqual(current);
  tickets.follow();
  expect([tickets.current, given]).toEqual([current, []]);
  tickets.renew();
  expect(tickets.current).not.toEqual(current);
  expect(given).toEqual([tickets.current]);
});

test('shared keys follow what a ticket is good for, and are not given twice', () => {
  const { tickets, facts, given } = node();
  tickets.follow();
  tickets.renew();
  expect(given).toEqual([]);
  Object.assign(facts, { lists: 'ca@2' });
  tickets.follow();
  expect(given).toEqual([tickets.current]);
});

test('nodes that began at different times change their keys together', () => {
  vi.setSystemTime(1_000_000);
  const now = (): number => Date.now();
  const early = node({}, now);
  early.tickets.start();
  vi.advanceTimersByTime(10_000);
  const late = node({}, now);
  late.tickets.start();
  for (let i = 0; i < 12; i++) {
    vi.advanceTimersByTime(10_000);
    expect(late.tickets.current).toEqual(early.tickets.current);
  }
  expect([early.given.length, late.given.length]).toEqual([2, 2]);
  early.tickets.stop();
  late.tickets.stop();
  expect(vi.getTimerCount()).toBe(0);
});
