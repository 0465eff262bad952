import { startTrace, type TraceOrder } from '@tributary/backplane';
import { createLogger, ManualClock } from '@tributary/runtime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { silentAudit } from '../../audit/audit-event.ts';
import { Counters } from '../../counters.ts';
import { SessionRegistry } from '../../session/registry.ts';
import type { Session } from '../../session/session.ts';
import { StoreDesk } from '../../testing/store.ts';
import { until } from '../../testing/until.ts';
import { Traces } from './traces.ts';

let desk: StoreDesk;
beforeAll(async () => {
  desk = await new StoreDesk().started();
});
afterAll(() => desk.close());

const clock = new ManualClock();
const running: Traces[] = [];
afterEach(async () => {
  for (const traces of running.splice(0)) traces.stop();
  await desk.redis.del(desk.keys.traces);
});

function tracesOf(registry = new SessionRegistry()): Traces {
  const traces = new Traces({
    ...{ store: desk.store, keys: desk.keys, registry, greeting: new Set(), counters: new Counters() },
    ...{
      logger: createLogger({ level: 'silent' }),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    },
    nodeName: () => 'gw-1.aaaa',
    audit: silentAudit,
    identity: { credentials: { apply: () => Promise.resolve(0) } },
  });
  running.push(traces);
  return traces;
}

/** As much of a session as a trace sees. */
function sessionOf(clientId: string, address = '192.0.2.1:5000'): Session {
  const transport = { remoteAddress: address };
  const connection = { tap: undefined, transport, protocol: 'mqtt5', listener: 'mqtt' };
  return { clientId, epoch: 1, connection } as unknown as Session;
}

const start = (id: string, target: string, forMs = 60_000): Promise<unknown> => {
  const now = clock.now();
  const order: TraceOrder = { id, target, payload: false, by: 'ann', at: now, until: now + forMs };
  return startTrace(desk.redis, desk.keys, order, now);
};

test('a connection has a tap while it is meant by a trace, and no longer', async () => {
  const traces = tracesOf();
  const before = sessionOf('a');
  traces.begun(before);
  expect(before.connection.tap).toBeUndefined();
  await start('t-1', 'id:a');
  await traces.start();
  const [meant, other] = [sessionOf('a'), sessionOf('b')];
  traces.begun(meant);
  traces.begun(other);
  expect(meant.connection.tap).toBeDefined();
  expect(other.connection.tap).toBeUndefined();
  traces.left(meant);
  expect(meant.connection.tap).toBeUndefined();
});

test('a trace ends by itself when its time is over', async () => {
  await start('t-1', 'id:a', 5000);
  await start('t-2', 'id:b', 4999);
  const registry = new SessionRegistry();
  const [session, sooner] = [sessionOf('a'), sessionOf('b')];
  for (const each of [session, sooner]) registry.add(each);
  await tracesOf(registry).start();
  clock.advance(4999);
  // What is over now has ended, so it was looked; the other one must not have.
  await until('the first tap to be gone', () => sooner.connection.tap === undefined);
  expect(session.connection.tap).toBeDefined();
  clock.advance(1);
  await until('the tap to be gone', () => session.connection.tap === undefined);
});

test('of a whole network so many are looked at, and others when those leave', async () => {
  await start('t-1', 'prefix:192.0.2.0/24');
  const traces = tracesOf();
  await traces.start();
  const sessions = Array.from({ length: 201 }, (_, i) => sessionOf(`d-${i}`));
  for (const session of sessions) traces.begun(session);
  expect(sessions.filter(({ connection }) => connection.tap !== undefined)).toHaveLength(200);
  traces.left(sessions[0]!);
  const next = sessionOf('next');
  traces.begun(next);
  expect(next.connection.tap).toBeDefined();
});

test('a node that stops takes its taps away', async () => {
  await start('t-1', 'id:a');
  const traces = tracesOf();
  await traces.start();
  const session = sessionOf('a');
  traces.begun(session);
  traces.stop();
  expect(session.connection.tap).toBeUndefined();
});
