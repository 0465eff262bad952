import { describe, expect, test } from 'vitest';
import { Random, randomFilter, randomTopic } from '../../testing/random.ts';
import { anonymous, type Identity } from '../identity.ts';
import { Acl, type AclConfig } from './acl.ts';
import { compileFilter, matchesText } from './filter.ts';
import { type AclRule, type AclSubject, readyRule, rulesFor } from './rule.ts';
import { SessionAcl } from './session-acl.ts';

const ann: Identity = {
  ...anonymous,
  by: 'users',
  user: 'ann',
  claims: { role: 'meter', roles: ['a', 'b'], n: 1 },
};
const subjectOf = (differs: Partial<AclSubject> = {}): AclSubject => ({
  ...{ clientId: 'pump-1', identity: ann, class: 'standard', listener: 'mqtt', address: '10.1.2.3:5000' },
  ...differs,
});
const config = (rules: readonly AclRule[], differs: Partial<AclConfig> = {}): AclConfig => ({
  ...{ default: 'own-branch', anonymousDefault: 'allow', deniedPublish311: 'acknowledge', rules },
  ...differs,
});
const aclOf = (rules: readonly AclRule[], differs: Partial<AclSubject> = {}): SessionAcl =>
  new SessionAcl(rules.map(readyRule), 'deny', subjectOf(differs));
const publishes = (acl: SessionAcl, topic: string): boolean => acl.mayPublish(Buffer.from(topic));

describe('without rules', () => {
  test('a device somebody vouches for has its own branch and nothing else', () => {
    const acl = new Acl(config([])).of(subjectOf())!;
    for (const topic of ['devices/pump-1', 'devices/pump-1/a/b']) {
      expect([publishes(acl, topic), acl.mayReceive(topic)]).toEqual([true, true]);
    }
    for (const topic of ['devices/pump-2/a', 'devices', 'a', 'devices/pump-1x', '$SYS/a']) {
      expect([publishes(acl, topic), acl.mayReceive(topic)]).toEqual([false, false]);
    }
    expect(['#', 'devices/+/a', 'devices/pump-1/#'].every((filter) => acl.maySubscribe(filter))).toBe(true);
    expect(['a', '+', 'devices/pump-2/#', '$SYS/#'].some((filter) => acl.maySubscribe(filter))).toBe(false);
  });

  test('one nobody vouches for is not asked anything', () => {
    expect(new Acl(config([])).of(subjectOf({ identity: anonymous }))).toBeUndefined();
    const closed = new Acl(config([], { anonymousDefault: 'deny' })).of(subjectOf({ identity: anonymous }))!;
    expect(publishes(closed, 'devices/pump-1/a')).toBe(false);
  });

  test('a client id made to widen it does not', () => {
    for (const clientId of ['+', '#', 'a/#', '../x', '%2B']) {
      const acl = new Acl(config([])).of(subjectOf({ clientId }))!;
      expect(publishes(acl, 'devices/other/a')).toBe(false);
      expect(acl.maySubscribe('devices/other/#')).toBe(false);
    }
  });
});

describe('rules', () => {
  test('the first whose topics match decides', () => {
    const acl = aclOf([
      { effect: 'deny', action: 'publish', topics: ['a/secret'] },
      { effect: 'allow', action: 'all', topics: ['a/#'] },
      { effect: 'deny', action: 'all', topics: ['a/late'] },
    ]);
    expect(['a/secret', 'a/late', 'a', 'b'].map((topic) => publishes(acl, topic))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(acl.mayReceive('a/secret')).toBe(true);
  });

  test.each([
    [{ clientId: 'pump-*' }, true],
    [{ clientId: 'lamp-*' }, false],
    [{ user: 'a*' }, true],
    [{ user: 'bob' }, false],
    [{ authenticator: 'users' }, true],
    [{ authenticator: 'anonymous' }, false],
    [{ class: 'standard' as const }, true],
    [{ class: 'bulk' as const }, false],
    [{ listener: 'mqtt' }, true],
    [{ listener: 'ws' }, false],
    [{ address: '10.0.0.0/8' }, true],
    [{ address: '11.0.0.0/8' }, false],
    [{ claims: { role: 'meter' } }, true],
    [{ claims: { roles: 'b' } }, true],
    [{ claims: { roles: 'c' } }, false],
    [{ claims: { n: '1' } }, false],
    [{ claims: { toString: 'x' } }, false],
    [{ user: 'ann', listener: 'ws' }, false],
  ])('about %j mean the device: %s', (who, expected) => {
    expect(publishes(aclOf([{ effect: 'allow', action: 'all', topics: ['a'], who }]), 'a')).toBe(expected);
  });

  test('about users do not mean who has none', () => {
    const rule: AclRule = { effect: 'allow', action: 'all', topics: ['a'], who: { user: '*' } };
    expect(publishes(aclOf([rule], { identity: anonymous }), 'a')).toBe(false);
  });

  test('what is remembered of the last topic is never the answer about another', () => {
    const random = new Random(6);
    for (let i = 0; i < 200; i++) {
      const rules = Array.from({ length: 1 + random.below(4) }, (): AclRule => ({
        effect: random.below(2) === 0 ? 'allow' : 'deny',
        action: 'all',
        topics: [randomFilter(random), randomFilter(random)],
      }));
      const acl = aclOf(rules);
      for (let n = 0; n < 100; n++) {
        const topic = n % 3 === 2 ? 'x'.repeat(120 + random.below(20)) : randomTopic(random);
        const decides = rules.find(({ topics }) =>
          topics.some((one) => matchesText(compileFilter(one), topic)),
        );
        const expected = decides?.effect === 'allow';
        expect([publishes(acl, topic), acl.mayReceive(topic)], topic).toEqual([expected, expected]);
      }
    }
  });
});

describe('a filter', () => {
  test.each<[string, boolean]>([
    ['#', true],
    ['a/#', true],
    ['a/secret/#', false],
    ['a/secret', false],
    ['a/+', true],
    ['b', false],
    ['+/secret/x', false],
  ])('%s is granted: %s, as far as there is something it may have', (filter, expected) => {
    const acl = aclOf([
      { effect: 'deny', action: 'subscribe', topics: ['+/secret/#'] },
      { effect: 'allow', action: 'subscribe', topics: ['a/#'] },
    ]);
    expect(acl.maySubscribe(filter)).toBe(expected);
  });

  test('is never refused where it matches a topic that may be had', () => {
    const random = new Random(7);
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const rules = Array.from({ length: 1 + random.below(3) }, (): AclRule => ({
        effect: random.below(2) === 0 ? 'allow' : 'deny',
        action: 'all',
        topics: [randomFilter(random)],
      }));
      const acl = new SessionAcl(rules.map(readyRule), random.below(2) === 0 ? 'allow' : 'deny', subjectOf());
      const filter = randomFilter(random);
      if (acl.maySubscribe(filter)) continue;
      refused++;
      const compiled = compileFilter(filter);
      for (let n = 0; n < 20; n++) {
        const topic = randomTopic(random);
        if (matchesText(compiled, topic) && acl.mayReceive(topic))
          expect.fail(`${filter} was refused, and ${topic} is allowed: ${JSON.stringify(rules)}`);
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});

test('what is the same for all devices is there once for all of them', () => {
  const rules = [
    { effect: 'allow', action: 'all', topics: ['a', 'b/#'] } as const,
    { effect: 'allow', action: 'all', topics: ['${clientId}'] } as const,
  ].map(readyRule);
  const [one, other] = ['pump-1', 'pump-2'].map((clientId) =>
    rulesFor(rules, 'publish', subjectOf({ clientId })),
  );
  expect(one![0]).toBe(other![0]);
  expect([one![1], other![1]].map((rule) => rule!.filters[0]!.text)).toEqual(['pump-1', 'pump-2']);
});
