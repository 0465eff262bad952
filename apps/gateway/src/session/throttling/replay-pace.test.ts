import { beforeEach, expect, test } from 'vitest';
import { RateBook, type RatesConfig } from '../../admission/rates/rate-book.ts';
import { Pauses, pauseTickMs } from './pauses.ts';
import { ReplayPace } from './replay-pace.ts';
import { Stories } from './stories.ts';

let nowMs: number;
let pauses: Pauses;
let stories: Stories;
beforeEach(() => {
  nowMs = 0;
  pauses = new Pauses(() => nowMs);
  pauses.stop(); // its timer: the test ticks
  stories = new Stories();
});

const none = { mode: 'enforce' } as const;
const bookOf = (replay: RatesConfig['replay']): RateBook =>
  new RateBook(
    {
      ...{ device: none, deviceOf: {}, class: {}, user: none, listener: none, node: none },
      ...{ replay, maxPauseMs: 1000, refusals: { rate: '1/s' } },
    },
    () => nowMs,
  );

/** A session with a backlog without end, that takes what it is given. */
function sessionOf(book: RateBook, clientId: string): { sent: () => number; pace: ReplayPace } {
  const services = { monotonic: () => nowMs, pauses, count: () => {} };
  const pace = new ReplayPace(book.enterReplay(clientId), services, (limit) =>
    stories.of(limit, { clientId }, limit.text, nowMs),
  );
  let sent = 0;
  const send = (): void => {
    for (let allowed = pace.allow(64); allowed > 0; allowed = pace.allow(64)) {
      for (let i = 0; i < allowed; i++) pace.sent();
      sent += allowed;
      if (sent > 1_000_000) return;
    }
  };
  pace.onGo = send;
  send();
  return { sent: () => sent, pace };
}

function pass(ms: number): void {
  for (let left = ms; left > 0; left -= pauseTickMs) {
    nowMs += pauseTickMs;
    pauses.tick();
  }
}

test('each session is fed at its rate after its burst, and all of them at theirs', () => {
  const book = bookOf({
    mode: 'enforce',
    device: { rate: '50/s', burst: 10 },
    node: { rate: '120/s', burst: 30 },
  });
  const sessions = ['a', 'b', 'c'].map((id) => sessionOf(book, id));
  expect(sessions.map(({ sent }) => sent())).toEqual([10, 10, 10]);
  pass(10_000);
  const sent = sessions.map((session) => session.sent());
  for (const count of sent) expect(count).toBeLessThanOrEqual(511);
  const all = sent.reduce((sum, count) => sum + count, 0);
  expect(all).toBeGreaterThan(1200);
  expect(all).toBeLessThanOrEqual(1231);
});

test('all who come back share what the node has, turn by turn, whoever came first', () => {
  const book = bookOf({ mode: 'enforce', node: { rate: '500/s', burst: 100 } });
  const sessions = Array.from({ length: 40 }, (_, i) => sessionOf(book, `d${i}`));
  const first = sessions.map(({ sent }) => sent());
  pass(10_000);
  const sent = sessions.map((session, i) => session.sent() - first[i]!);
  expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(6);
  const all = sent.reduce((sum, count) => sum + count, 0);
  expect(all).toBeGreaterThan(4900);
  expect(all).toBeLessThanOrEqual(5040);
  for (const { pace } of sessions) pace.end();
  expect(pauses.size).toBe(0);
});

test('it goes on in batches, not for each message', () => {
  const book = bookOf({ mode: 'enforce', device: { rate: '100/s' } });
  const { pace } = sessionOf(book, 'a');
  let times = 0;
  const go = pace.onGo;
  pace.onGo = () => {
    times++;
    go();
  };
  pass(2000);
  expect(times).toBeLessThanOrEqual(8);
});

test('what was allowed and could not be sent is there for the next', () => {
  const book = bookOf({ mode: 'enforce', device: { rate: '1/h', burst: 10 } });
  const services = { monotonic: () => nowMs, pauses, count: () => {} };
  const pace = new ReplayPace(book.enterReplay('a'), services, () => undefined);
  expect(pace.allow(64)).toBe(10);
  for (let i = 0; i < 3; i++) pace.sent();
  expect(pace.allow(4)).toBe(4);
  pace.sent();
  pace.end();
  expect(new ReplayPace(book.enterReplay('a'), services, () => undefined).allow(64)).toBe(6);
});

test('one that ends waits no more, and is not told', () => {
  const { pace } = sessionOf(bookOf({ mode: 'enforce', device: { rate: '1/s' } }), 'a');
  expect(pauses.size).toBe(1);
  pace.onGo = () => expect.fail('told');
  pace.end();
  expect(pauses.size).toBe(0);
  pass(5000);
});

test('the time it was held back is told with it', () => {
  sessionOf(bookOf({ mode: 'enforce', device: { rate: '2/s' } }), 'a');
  pass(5010);
  const [story] = stories.due(nowMs);
  expect(story!.pausedMs).toBeGreaterThan(4900);
  expect(story!.rule).toMatchObject({ rule: 'rates.replay.device', reason: 'replay-rate' });
});
