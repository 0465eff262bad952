import { automaticBans, type Ban, listBans, maxAutomaticBans, putBan, removeBan } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import { createLogger, ManualClock } from '@tributary/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { plainTraits } from '../../admission/device-rules.ts';
import { anonymous, type Identity } from '../../admission/identity.ts';
import type { ThrottleNote } from '../../admission/throttle-note.ts';
import type { AuditEvent } from '../../audit/audit-event.ts';
import { SessionRegistry } from '../../session/registry.ts';
import type { Session } from '../../session/session.ts';
import { ReplyLoser } from '../../testing/proxy.ts';
import { StoreDesk } from '../../testing/store.ts';
import { until } from '../../testing/until.ts';
import { AutomaticBans, type FlappingConfig } from './automatic-bans.ts';
import { Bans } from './bans.ts';

let desk: StoreDesk;
beforeAll(async () => {
  desk = await new StoreDesk().started();
});
afterAll(() => desk.close());

const clock = new ManualClock();
const nodes: NodeDesk[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) node.stop();
  await desk.redis.del(desk.keys.bans);
});

const limits: FlappingConfig = {
  ...{ mode: 'enforce', connects: 3, windowSeconds: 60 },
  ban: { seconds: 60, maxSeconds: 3600, forgetSeconds: 86_400 },
  failedAuthentications: { mode: 'enforce', perDevice: 3, perAddress: 8, windowSeconds: 60, goodDevices: 2 },
};
const vouched: Identity = { ...anonymous, by: 'users', user: 'ann' };

/** One node, as far as bans go. */
class NodeDesk {
  readonly registry = new SessionRegistry();
  readonly heard: AuditEvent[] = [];
  readonly notes: ThrottleNote[] = [];
  readonly bans: Bans;
  readonly automatic: AutomaticBans;

  constructor(config: Partial<FlappingConfig> = {}, { store, keys }: StoreDesk = desk) {
    const parts = {
      ...{ store, keys, registry: this.registry, greeting: new Set<never>() },
      logger: createLogger({ level: 'silent' }),
      ...{ now: () => clock.now(), monotonic: () => clock.monotonic(), nodeName: () => 'gw-1.aaaa' },
      audit: { say: (event: AuditEvent) => void this.heard.push(event) },
    };
    this.bans = new Bans(parts);
    const onThrottled = (note: ThrottleNote): void => void this.notes.push(note);
    this.automatic = new AutomaticBans({ ...limits, ...config }, { ...parts, bans: this.bans, onThrottled });
    nodes.push(this);
  }

  stop(): void {
    this.automatic.stop();
    this.bans.stop();
  }

  /** A device connects and is gone again, so often. */
  flap(times: number, differs: Partial<Session> = {}): void {
    for (let i = 0; i < times; i++) {
      const session = sessionOf('pump-1', differs);
      this.automatic.onBegun(session);
      this.automatic.onLeft(session);
    }
  }

  fail(times: number, user = 'ann', address = '192.0.2.1'): void {
    for (let i = 0; i < times; i++) this.automatic.onAuthFailed({ address, clientId: 'pump-1', user });
  }

  isBanned(clientId = 'pump-1', address = '192.0.2.1:5000', user?: string): boolean {
    return this.bans.has(clientId, address, user);
  }
}

const sessionOf = (
  clientId: string,
  differs: Partial<Session> = {},
): Session & { closings: CloseReason[] } => {
  const closings: CloseReason[] = [];
  const transport = { remoteAddress: '192.0.2.1:5000' };
  const connection = { transport, state: 'open', close: (reason: CloseReason) => void closings.push(reason) };
  const told = { identity: anonymous, traits: plainTraits, endedBy: 'connection-lost', closings };
  return { clientId, connection, ...told, ...differs } as unknown as Session & { closings: CloseReason[] };
};

const inRedis = (): Promise<Ban[]> => listBans(desk.redis, desk.keys, clock.now());
const written = async (count: number): Promise<Ban[]> => {
  let bans: Ban[] = [];
  await until(`${count} bans in Redis`, async () => (bans = await inRedis()).length === count);
  return bans;
};

describe('a device that flaps', () => {
  test('is banned here at once, and everywhere as soon as Redis has it', async () => {
    const [node, other] = [new NodeDesk(), new NodeDesk()];
    await other.bans.start();
    node.flap(3);
    expect(node.isBanned()).toBe(false);
    node.flap(1);
    expect(node.isBanned()).toBe(true);
    expect(await written(1)).toMatchObject([
      { target: 'id:pump-1', by: automaticBans.flapping, strikes: 1, until: clock.now() + 60_000 },
    ]);
    const live = sessionOf('pump-1');
    other.registry.add(live);
    expect(await other.bans.apply()).toBe(1);
    expect(live.closings).toEqual(['banned']);
    expect(other.isBanned()).toBe(true);
    expect(node.heard.filter(({ kind }) => kind === 'banned')).toHaveLength(1);
    expect(node.notes).toMatchObject([{ reason: 'flapping', rule: 'flapping.connects', isObserved: false }]);
  });

  test('may come again when its time is over, and stays away for longer the next time, on any node', async () => {
    const [node, other] = [new NodeDesk(), new NodeDesk()];
    node.flap(4);
    await written(1);
    await other.bans.apply();
    clock.advance(60_000);
    expect([node.isBanned(), other.isBanned()]).toEqual([false, false]);
    other.flap(4);
    await until('the second ban', async () => (await inRedis())[0]?.strikes === 2);
    expect((await inRedis())[0]?.until).toBe(clock.now() + 120_000);
  });

  test.each<[string, Partial<Session>]>([
    ['that sleeps', { traits: { ...plainTraits, isSleepy: true } }],
    ['whose node stops each time', { endedBy: 'shutdown' }],
    ['that operators send away', { endedBy: 'kicked' }],
    ['that finds Redis away', { endedBy: 'store-unavailable' }],
  ])('one %s does not flap', (_, differs) => {
    const node = new NodeDesk();
    node.flap(100, differs);
    expect(node.isBanned()).toBe(false);
  });

  test('slowly, as on a bad link, is not banned', () => {
    const node = new NodeDesk();
    for (let i = 0; i < 100; i++) {
      node.flap(1);
      clock.advance(30_000);
    }
    expect(node.isBanned()).toBe(false);
  });

  test('is told of and let in where the limit only watches; not even looked at where it is off', async () => {
    const [watching, off] = [new NodeDesk({ mode: 'observe' }), new NodeDesk({ mode: 'off' })];
    for (const node of [watching, off]) node.flap(9);
    expect([watching.isBanned(), off.isBanned()]).toEqual([false, false]);
    expect(watching.notes.map(({ isObserved }) => isObserved)).toEqual([true, true]);
    expect(off.notes).toEqual([]);
    watching.automatic.configure(limits);
    watching.flap(4);
    expect(watching.isBanned()).toBe(true);
    await written(1);
  });

  test('is let in again on all nodes when an operator lifts the ban, and its past is forgiven', async () => {
    const node = new NodeDesk();
    await node.bans.start();
    node.flap(4);
    await written(1);
    await node.bans.apply();
    await removeBan(desk.redis, desk.keys, 'id:pump-1');
    await node.bans.apply();
    expect(node.isBanned()).toBe(false);
    expect(node.heard.map(({ kind }) => kind)).toEqual(['banned', 'ban-lifted']);
    node.flap(4);
    expect(await written(1)).toMatchObject([{ strikes: 1 }]);
  });
});

describe('wrong credentials', () => {
  test('ban a user from there, not elsewhere, and end no session of its own', async () => {
    const node = new NodeDesk();
    const live = sessionOf('pump-1', { identity: vouched });
    node.registry.add(live);
    node.fail(4);
    expect(node.isBanned('x', '192.0.2.1:1', 'ann')).toBe(true);
    expect(node.isBanned('x', '192.0.2.2:1', 'ann')).toBe(false);
    expect(node.isBanned('x', '192.0.2.1:1', 'bob')).toBe(false);
    await written(1);
    await node.bans.apply();
    expect(live.closings).toEqual([]);
  });

  test('of many users ban the address, but not on a node where good devices live behind it', async () => {
    const [node, home] = [new NodeDesk(), new NodeDesk()];
    for (const id of ['a', 'b']) home.automatic.onBegun(sessionOf(id, { identity: vouched }));
    for (let i = 0; i < 9; i++) node.fail(1, `user-${i}`);
    expect(await written(1)).toMatchObject([
      { target: 'ip:192.0.2.1', by: automaticBans.failedAuthentications },
    ]);
    await home.bans.apply();
    expect(node.bans.hasEndpoint('192.0.2.1:7')).toBe(true);
    expect(home.bans.hasEndpoint('192.0.2.1:7')).toBe(false);
    expect([node.isBanned('x'), home.isBanned('x')]).toEqual([true, false]);
  });

  test('an operator bans an address for all that', async () => {
    const home = new NodeDesk();
    for (const id of ['a', 'b']) home.automatic.onBegun(sessionOf(id, { identity: vouched }));
    const ban = {
      target: 'ip:192.0.2.1',
      until: clock.now() + 1000,
      reason: 'no',
      by: 'ann',
      at: clock.now(),
    };
    await putBan(desk.redis, desk.keys, ban);
    await home.bans.apply();
    expect(home.bans.hasEndpoint('192.0.2.1:7')).toBe(true);
  });
});

describe('bans in Redis', () => {
  test('of operators end sessions that a ban of nodes had left alone, and are told of', async () => {
    const node = new NodeDesk();
    await node.bans.start();
    const live = sessionOf('pump-1', { identity: vouched });
    node.registry.add(live);
    node.fail(4);
    const [automatic] = await written(1);
    await node.bans.apply();
    expect(live.closings).toEqual([]);
    await putBan(desk.redis, desk.keys, { ...automatic!, reason: 'stolen', by: 'bob', strikes: undefined });
    expect(await node.bans.apply()).toBe(1);
    expect(live.closings).toEqual(['banned']);
    expect(node.heard.map(({ reason }) => reason)).toEqual(['failed-authentications', 'operator']);
    await node.bans.apply();
    expect(node.heard).toHaveLength(2);
  });

  test('of operators are not cut short', async () => {
    const long = {
      target: 'id:pump-1',
      until: clock.now() + 1e9,
      reason: 'stolen',
      by: 'ann',
      at: clock.now(),
    };
    await putBan(desk.redis, desk.keys, long);
    const node = new NodeDesk();
    node.flap(4);
    await until('nothing to write', () => node.automatic.pending().length === 0);
    expect(await inRedis()).toEqual([long]);
  });

  test('are written when it is back, and hold here meanwhile', async () => {
    const path = await ReplyLoser.start(desk.url);
    const own = await new StoreDesk(path.url).started();
    const node = new NodeDesk({}, own);
    path.isDeaf = true;
    node.flap(4);
    expect(node.isBanned()).toBe(true);
    await until('it to be under way', () => node.automatic.pending().length === 1);
    path.cut();
    await until('the ban in Redis', () =>
      own.redis.hexists(own.keys.bans, 'id:pump-1').then((has) => has === 1),
    );
    await until('nothing left to write', () => node.automatic.pending().length === 0);
    expect(node.isBanned()).toBe(true);
    node.stop();
    await own.close();
    await path.stop();
  });

  test('leave room for those of operators', async () => {
    const many = Array.from({ length: maxAutomaticBans }, (_, i) => [`id:${i}`, '{}']).flat();
    await desk.redis.hset(desk.keys.bans, ...many);
    const node = new NodeDesk();
    node.flap(4);
    await until('nothing to write', () => node.automatic.pending().length === 0);
    expect(await desk.redis.hexists(desk.keys.bans, 'id:pump-1')).toBe(0);
    const ban = { target: 'id:other', until: clock.now() + 1000, reason: 'no', by: 'ann', at: clock.now() };
    expect(await putBan(desk.redis, desk.keys, ban)).toBe('put');
  });

  test('of users end their sessions', async () => {
    const node = new NodeDesk();
    const [ann, other] = [sessionOf('a', { identity: vouched }), sessionOf('b')];
    for (const session of [ann, other]) node.registry.add(session);
    const ban = { target: 'user:ann', until: clock.now() + 1000, reason: 'left', by: 'bob', at: clock.now() };
    await putBan(desk.redis, desk.keys, ban);
    expect(await node.bans.apply()).toBe(1);
    expect([ann.closings, other.closings]).toEqual([['banned'], []]);
  });
});
