import { beforeEach, describe, expect, test } from 'vitest';
import { Acl, type AclConfig } from '../admission/acl/acl.ts';
import type { SessionAcl } from '../admission/acl/session-acl.ts';
import { anonymous } from '../admission/identity.ts';
import { Routes, type SubscriptionOptions } from '../routing/routes.ts';
import { optionsOf } from '../testing/messages.ts';
import { StoreDesk } from '../testing/store.ts';
import { grant, type Grants, type GrantingServices, hold, letGo } from './granting.ts';
import type { MqttOffers } from './offers.ts';
import type { Session } from './session.ts';
import { type AccessRules, Subscriptions } from './subscriptions.ts';

const allOffers: MqttOffers = {
  ...{ maximumQos: 2, retainAvailable: true, wildcardSubscriptionAvailable: true },
  ...{ subscriptionIdentifierAvailable: true, sharedSubscriptionAvailable: true },
};

const open: AclConfig = {
  default: 'allow',
  anonymousDefault: 'allow',
  deniedPublish311: 'acknowledge',
  rules: [],
};

/** A session that ends with its connection, as far as granting looks at it. */
class SessionDesk {
  readonly clientId = 'pump-1';
  readonly epoch = 1;
  readonly isPersistent = false;
  readonly subscriptions = new Map<string, string>();
  readonly closings: string[] = [];
  acl: SessionAcl | undefined;
  /** Filters whose retained messages are sent. */
  readonly fed: string[] = [];
  readonly downstream = {
    sendRetained: (filter: string, { qos }: SubscriptionOptions): void =>
      void this.fed.push(`${filter} ${qos}`),
  };

  /** Changes that wait for Redis. */
  changes = 0;

  changeBegins(): void {
    this.changes++;
  }
  changeEnds(): void {
    this.changes--;
  }
  get isOpen(): boolean {
    return this.closings.length === 0;
  }
  close(reason: string): void {
    this.closings.push(reason);
  }
}

let session: SessionDesk;
let services: GrantingServices;
/** What the node was told of. */
const denied: string[] = [];
const throttled: string[] = [];

function use(
  offers: Partial<MqttOffers> = {},
  rules: Partial<AccessRules> = {},
  maxSubscriptions = 100,
): void {
  session = new SessionDesk();
  denied.length = 0;
  throttled.length = 0;
  const { store, keys } = unusedStore;
  const access = { denySubscribe: [], denyPublish: [], ...rules };
  services = {
    limits: { maxPacketBytes: 1000, maxTopicBytes: 50, maxTopicLevels: 8, maxSubscriptions },
    offers: { ...allOffers, ...offers },
    subscriptions: new Subscriptions(store, keys, new Routes(), access),
    hasRetained: () => true,
    onThrottled: (note) => void throttled.push(note.rule),
    access: {
      closesDenied: false,
      denied: (_, action, filter) => void denied.push(`${action} ${filter}`),
    },
  };
}
/** Nothing of a session that ends with its connection is written. */
const unusedStore = { store: undefined, keys: undefined } as unknown as StoreDesk;
beforeEach(() => use());

const ask = (...wishes: readonly (string | [string, Partial<SubscriptionOptions>])[]): Grants =>
  grant(
    session as unknown as Session,
    wishes.map((wish) => {
      const [filter, differs] = typeof wish === 'string' ? [wish, {}] : wish;
      return { filter, options: optionsOf(differs) };
    }),
    services,
  );
const holdAll = (grants: Grants, answer = (): void => {}): Promise<void> =>
  hold(session as unknown as Session, grants, services, answer);

describe('each filter is decided on its own', () => {
  test('and answered in its place [MQTT-3.8.4-6]', () => {
    const { answers, granted } = ask('a', ['b/#', { qos: 2 }], 'c#', ['d', { qos: 0 }]);
    expect(answers).toEqual([1, 2, 'topic-filter-invalid', 0]);
    expect([...granted.keys()]).toEqual(['a', 'b/#', 'd']);
  });

  test.each([
    [''],
    ['a/#/b'],
    ['a+'],
    ['x'.repeat(51)],
    ['1/2/3/4/5/6/7/8/9'],
    ['$share/'],
    ['$share//a'],
    ['$share/g'],
    ['$share/+/a'],
    ['a\0b'],
  ])('%j is no filter', (filter) => {
    expect(ask(filter).answers).toEqual(['topic-filter-invalid']);
  });

  test('at the highest QoS there is', () => {
    use({ maximumQos: 1 });
    const { answers, granted } = ask(['a', { qos: 2 }], ['b', { qos: 0 }]);
    expect(answers).toEqual([1, 0]);
    expect(granted.get('a')?.options.qos).toBe(1);
  });

  test.each([
    ['sharedSubscriptionAvailable', '$share/g/a', {}, 'shared-not-supported'],
    ['wildcardSubscriptionAvailable', 'a/+', {}, 'wildcard-not-supported'],
    ['wildcardSubscriptionAvailable', '#', {}, 'wildcard-not-supported'],
    ['wildcardSubscriptionAvailable', '$share/g/a/#', {}, 'wildcard-not-supported'],
    ['subscriptionIdentifierAvailable', 'a', { identifier: 1 }, 'identifiers-not-supported'],
  ] as const)('without %s, %s with %j is refused, and others are not', (offer, filter, options, refusal) => {
    expect(ask([filter, options]).answers).toEqual([1]);
    use({ [offer]: false });
    expect(ask([filter, options], 'plain/filter').answers).toEqual([refusal, 1]);
  });
});

describe('what nobody may subscribe to', () => {
  beforeEach(() => use({}, { denySubscribe: ['secret/#', 'a/+/private', 'exact'] }));

  test.each([
    ['secret'],
    ['secret/#'],
    ['secret/a'],
    ['secret/+'],
    ['secret/+/b'],
    ['a/b/private'],
    ['a/+/private'],
    ['exact'],
    ['$share/g/secret/x'],
    ['$share/g/secret/#'],
  ])('%s is refused', (filter) => {
    expect(ask(filter).answers).toEqual(['not-authorized']);
  });

  test.each([['#'], ['+'], ['a/#'], ['a/+/+'], ['a/+/#'], ['secretive'], ['exact/more'], ['+/secret']])(
    '%s asks for other topics too, and is granted',
    (filter) => {
      expect(ask(filter).answers).toEqual([1]);
    },
  );

  test('everything but $ topics is refused where # is denied', () => {
    use({}, { denySubscribe: ['#'] });
    expect(ask('#', 'a', '+/b', '$x/a').answers).toEqual([
      'not-authorized',
      'not-authorized',
      'not-authorized',
      1,
    ]);
  });
});

describe('the number of subscriptions of a session', () => {
  beforeEach(() => use({}, {}, 2));

  test('is limited, whatever is asked for at once', () => {
    expect(ask('a', 'b', 'c').answers).toEqual([1, 1, 'quota-exceeded']);
    expect(throttled).toEqual(['limits.maxSubscriptions']);
  });

  test('counts a filter once, asked for twice or held before', async () => {
    expect(ask('a', 'a', 'b').answers).toEqual([1, 1, 1]);
    await holdAll(ask('a', 'b'));
    expect(ask('a', 'c', 'b').answers).toEqual([1, 'quota-exceeded', 1]);
  });

  test('is not used up by what is refused', () => {
    expect(ask('a#', 'b', 'c#', 'd').answers).toEqual(['topic-filter-invalid', 1, 'topic-filter-invalid', 1]);
  });
});

describe('holding what was granted', () => {
  test('of the same filter twice the later holds [MQTT-3.8.4-3]', async () => {
    const grants = ask(['a', { qos: 0 }], ['a', { qos: 2 }]);
    expect(grants.answers).toEqual([0, 2]);
    await holdAll(grants);
    expect([...session.subscriptions]).toEqual([['a', '{"qos":2}']]);
  });

  test('asks the rules for the device too, of a shared subscription by its filter, and tells who refused', () => {
    const acl: AclConfig = { ...open, anonymousDefault: 'own-branch' };
    const from = { listener: 'mqtt', address: '' };
    session.acl = new Acl(acl).of({ clientId: 'pump-1', identity: anonymous, class: 'standard', ...from });
    const answers = ['not-authorized', 'not-authorized', 1, 1, 1];
    expect(ask('a', '$share/g/a', '$share/g/#', 'devices/pump-1/#', '#').answers).toEqual(answers);
    expect(denied).toEqual(['subscribe a', 'subscribe $share/g/a']);
  });

  test('answers first, then sends the retained messages', async () => {
    const order: string[] = [];
    session.downstream.sendRetained = (filter) => void order.push(filter);
    await holdAll(ask('a', 'b/#'), () => order.push('answer'));
    expect(order).toEqual(['answer', 'a', 'b/#']);
  });

  test.each([
    [0, true, true],
    [1, true, false],
    [2, false, false],
  ] as const)(
    'with Retain Handling %i retained messages are sent to a new subscription: %s, to one that was there: %s [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]',
    async (retainHandling, toNew, toKnown) => {
      await holdAll(ask(['a', { retainHandling }]));
      expect(session.fed.splice(0)).toEqual(toNew ? ['a 1'] : []);
      await holdAll(ask(['a', { retainHandling }]));
      expect(session.fed).toEqual(toKnown ? ['a 1'] : []);
    },
  );

  test('sends none to shared subscriptions, none where there are none, and none that are not offered', async () => {
    await holdAll(ask('$share/g/a'));
    services = { ...services, hasRetained: () => false };
    await holdAll(ask('b'));
    use({ retainAvailable: false });
    await holdAll(ask('c'));
    expect(session.fed).toEqual([]);
  });

  test('sends none to a connection that its answer ended', async () => {
    await holdAll(ask('a'), () => session.close('slow-consumer'));
    expect(session.fed).toEqual([]);
  });

  test('what is let go is held no more', async () => {
    await holdAll(ask('a', 'b'));
    let isAnswered = false;
    await letGo(session as unknown as Session, ['a'], services, () => (isAnswered = true));
    expect([isAnswered, [...session.subscriptions.keys()]]).toEqual([true, ['b']]);
  });
});

test.each([
  ['superseded', () => Promise.resolve('superseded' as const)],
  ['store-unavailable', () => Promise.reject(new Error('Connection is closed.'))],
])('without an answer of Redis that it holds, the connection ends with %s', async (reason, change) => {
  const answers: string[] = [];
  Object.assign(services.subscriptions, { change });
  await holdAll(ask('a'), () => answers.push('held'));
  await letGo(session as unknown as Session, ['a'], services, () => answers.push('let go'));
  expect([answers, session.closings, session.fed]).toEqual([[], [reason, reason], []]);
  expect(session.changes).toBe(0);
});
