import { createLogger, ManualClock } from '@tributary/runtime';
import { beforeEach, expect, test } from 'vitest';
import { Acl, type AclConfig } from '../admission/acl/acl.ts';
import { plainTraits } from '../admission/device-rules.ts';
import { anonymous } from '../admission/identity.ts';
import type { AuditEvent } from '../audit/audit-event.ts';
import type { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { AccessControl } from './access-control.ts';
import { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';

const open: AclConfig = {
  default: 'allow',
  anonymousDefault: 'allow',
  deniedPublish311: 'acknowledge',
  rules: [],
};
const closed: AclConfig = { ...open, rules: [{ effect: 'deny', action: 'all', topics: ['closed/#'] }] };

/** Nothing is written while Redis is away. */
const noStore = { store: { isUp: false }, keys: undefined } as unknown as StoreDesk;

let clock: ManualClock;
let registry: SessionRegistry;
let heard: AuditEvent[];
/** Subscriptions that ended: `client id filter`. */
let ended: string[];
let counters: { subscriptionsDenied: number };
let access: AccessControl;
/** Answers a change of subscriptions. */
let changed: () => Promise<undefined>;

beforeEach(() => {
  clock = new ManualClock();
  registry = new SessionRegistry();
  [heard, ended, counters] = [[], [], { subscriptionsDenied: 0 }];
  changed = () => Promise.resolve(undefined);
  const subscriptions = {
    change: (session: Session, _: unknown, filters: readonly string[]) => {
      for (const filter of filters) {
        ended.push(`${session.clientId} ${filter}`);
        session.subscriptions.delete(filter);
      }
      return changed();
    },
  } as unknown as Subscriptions;
  access = new AccessControl({
    ...{ store: noStore.store, keys: noStore.keys, acl: new Acl(open), registry, subscriptions, counters },
    audit: { say: (event) => void heard.push(event) },
    logger: createLogger({ level: 'silent' }),
    ...{ now: () => clock.now(), monotonic: () => clock.monotonic(), nodeName: () => 'gw-1.aaaa' },
  });
});

function enter(clientId: string, ...filters: string[]): Session & { changes: number } {
  const connection = { listener: 'mqtt', protocol: 'mqtt5', transport: { remoteAddress: '192.0.2.1:5000' } };
  const session = {
    ...{ clientId, epoch: 1, connection, identity: anonymous, traits: plainTraits, isOpen: true, changes: 0 },
    subscriptions: new Map(filters.map((filter) => [filter, '{}'])),
    changeBegins: () => void session.changes++,
    changeEnds: () => void session.changes--,
    close: (reason: string) => void ended.push(`${clientId} closed: ${reason}`),
  };
  registry.add(session as unknown as Session);
  return session as unknown as Session & { changes: number };
}

test('changed rules hold for every session at once, and end what is not allowed any more a few sessions at a time', async () => {
  const sessions = Array.from({ length: 1200 }, (_, i) => enter(`pump-${i}`, 'closed/a', 'closed/#', '#'));
  access.configure(closed);
  for (const { acl } of sessions) expect(acl?.mayPublish(Buffer.from('closed/a'))).toBe(false);
  expect(ended).toHaveLength(1000);
  await until('all of them to be looked at', () => ended.length === 2400);
  expect([...sessions[7]!.subscriptions.keys()]).toEqual(['#']);
  expect(counters.subscriptionsDenied).toBe(2400);
  await until('all to be answered', () => sessions.every(({ changes }) => changes === 0));
  access.configure(open);
  for (const { acl } of sessions) expect(acl).toBeUndefined();
});

test('of rules that change twice the later hold, and only they are looked through to the end', async () => {
  for (let i = 0; i < 1200; i++) enter(`pump-${i}`, 'closed/a');
  access.configure(closed);
  access.configure(open);
  await until('the first look to be over', () => ended.length === 500);
  for (const session of registry.all()) expect(session.acl).toBeUndefined();
});

test('a session that comes back is looked at, and goes on though Redis does not take the change', async () => {
  access.configure(closed);
  changed = () => Promise.reject(new Error('Redis is away'));
  const session = enter('pump-1', 'closed/a', 'open');
  session.acl = new Acl(closed).of({
    ...{ clientId: 'pump-1', identity: anonymous, class: 'standard', listener: 'mqtt', address: '' },
  });
  access.begun(session);
  await until('the answer', () => session.changes === 0);
  expect(ended).toEqual(['pump-1 closed/a']);
});

test('what a device tries again and again is told once a minute, with where it comes from', () => {
  const session = enter('pump-1');
  for (let i = 0; i < 1000; i++) access.denied(session, 'publish', `closed/${i}`);
  expect(heard).toEqual([
    {
      ...{ kind: 'publish-denied', outcome: 'failure', reason: 'not-authorized', detail: 'closed/0' },
      ...{ source: '192.0.2.1:5000', destination: 'mqtt', protocol: 'mqtt5', clientId: 'pump-1' },
      ...{ user: undefined, authenticator: 'anonymous' },
    },
  ]);
  clock.advance(60_000);
  access.denied(session, 'subscribe', 'x'.repeat(1000));
  expect(heard[1]).toMatchObject({ kind: 'subscribe-denied', detail: 'x'.repeat(128) });
});
