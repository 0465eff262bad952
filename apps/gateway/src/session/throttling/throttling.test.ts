import { beforeEach, describe, expect, test } from 'vitest';
import { anonymous } from '../../admission/identity.ts';
import type { RatesConfig } from '../../admission/rates/rate-book.ts';
import { loadGatewayConfig } from '../../config/config.ts';
import type { Session } from '../session.ts';
import type { Story } from './story.ts';
import { Throttling } from './throttling.ts';

/** A session as far as limits look at it. */
class SessionDesk {
  readonly clientId: string;
  readonly identity = { ...anonymous, user: 'anna' };
  readonly subject: { readonly clientId: string };
  class = 'standard';
  throttle: Session['throttle'];
  isPaused = false;
  readonly connection = {
    listener: 'mqtt',
    keepAliveMs: 60_000,
    packetBytes: 10,
    behindBytes: 0,
    pause: () => void (this.isPaused = true),
    resume: () => void (this.isPaused = false),
  };

  constructor(clientId: string) {
    this.clientId = clientId;
    this.subject = { clientId };
  }

  /** How many of so many messages are let through before it is stopped or refused. */
  admitted(count: number): number {
    for (let n = 0; n < count; n++) {
      if (this.throttle === undefined) continue;
      if (this.isPaused || this.throttle.judge(10, 'refuse') !== 'admit') return n;
    }
    return count;
  }
}

const unlimited = loadGatewayConfig({ env: {} }).config.rates;
const ofDevice = (rate: string, burst: number): RatesConfig => ({
  ...unlimited,
  device: { mode: 'enforce', messages: { rate, burst } },
});

let nowMs: number;
let told: Story[];
let isStoreUp: boolean;
let throttling: Throttling;
const start = (config: RatesConfig): void => {
  throttling = new Throttling({
    config,
    monotonic: () => nowMs,
    tell(stories) {
      if (!isStoreUp) return [];
      told.push(
        ...stories.map((story) => Object.assign(Object.create(story) as Story, { count: story.count })),
      );
      return stories;
    },
  });
};
beforeEach(() => {
  nowMs = 0;
  told = [];
  isStoreUp = true;
  start(unlimited);
});

function begun(clientId: string): SessionDesk {
  const session = new SessionDesk(clientId);
  throttling.begin(session as unknown as Session);
  return session;
}

test('as it is shipped nobody is limited: a message costs one comparison', () => {
  const session = begun('pump');
  expect(session.throttle).toBeUndefined();
  expect(throttling.paceOf(session as unknown as Session)).toBeUndefined();
});

describe('other rates', () => {
  test('hold at once for those who are here, and free who was stopped by what is gone', () => {
    start(ofDevice('1/s', 2));
    const session = begun('pump');
    expect(session.admitted(9)).toBe(3);
    expect(session.isPaused).toBe(true);
    throttling.configure(unlimited);
    expect(session).toMatchObject({ isPaused: false, throttle: undefined });
    nowMs += 10_000;
    throttling.turn();
    throttling.configure(ofDevice('1/s', 5));
    expect(session.admitted(9)).toBe(6);
    throttling.stop();
  });

  test('do not forgive what was used', () => {
    start(ofDevice('1/s', 4));
    const session = begun('pump');
    expect(session.admitted(3)).toBe(3);
    throttling.configure(ofDevice('2/s', 4));
    // One is left of the burst, and one is taken on debt.
    expect(session.admitted(9)).toBe(2);
    throttling.stop();
  });
});

test('a device of another class is under the limits of that class', () => {
  start({ ...unlimited, deviceOf: { bulk: { mode: 'enforce', messages: { rate: '1/s' } } } });
  const session = begun('pump');
  expect(session.throttle).toBeUndefined();
  session.class = 'bulk';
  throttling.reclassed(session as unknown as Session, 'standard');
  expect(session.admitted(9)).toBe(2);
  session.class = 'critical';
  throttling.reclassed(session as unknown as Session, 'bulk');
  expect(session).toMatchObject({ isPaused: false, throttle: undefined });
  throttling.end(session as unknown as Session);
  throttling.reclassed(session as unknown as Session, 'critical');
  expect(session.throttle).toBeUndefined();
  throttling.stop();
});

test('a session that ends waits no more, and its end comes once', () => {
  start(ofDevice('1/s', 1));
  const session = begun('pump');
  session.admitted(9);
  expect(throttling.waiting).toBe(1);
  throttling.end(session as unknown as Session);
  throttling.end(session as unknown as Session);
  expect(throttling.waiting).toBe(0);
  throttling.stop();
});

describe('limits of any kind', () => {
  const note = {
    scope: 'address',
    reason: 'connection-rate',
    rule: 'sources.address.rate',
    action: 'refuse',
    isObserved: false,
  } as const;

  test('are counted each time, and told of once a minute', () => {
    for (; nowMs < 120_000; nowMs += 100) {
      throttling.note(note, { address: `10.0.0.1:${nowMs}` });
      throttling.note({ ...note, isObserved: true }, { address: '10.0.0.1:5' });
      if (nowMs % 1000 === 0) throttling.turn();
    }
    expect(throttling.counts.of('enforced')).toEqual([['address', 'connection-rate', 1200]]);
    expect(throttling.counts.of('observed')).toEqual([['address', 'connection-rate', 1200]]);
    expect(told.length).toBe(4);
  });

  test('are told of when that is possible again, with all that came meanwhile', () => {
    isStoreUp = false;
    throttling.note(note, { clientId: 'pump' });
    for (; nowMs < 300_000; nowMs += 1000) throttling.turn();
    throttling.note(note, { clientId: 'pump' });
    isStoreUp = true;
    throttling.turn();
    expect(told.map(({ count }) => count)).toEqual([2]);
  });
});
