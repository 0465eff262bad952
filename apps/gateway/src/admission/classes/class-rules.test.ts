import { expect, test } from 'vitest';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { anonymous, type Identity } from '../identity.ts';
import { type ClassFacts, type ClassRule, ClassRules } from './class-rules.ts';

const certificate: CertificateFacts = {
  commonName: 'pump-1.plant',
  alternativeNames: ['DNS:pump-1.plant.example', 'URI:urn:pump:1'],
  fingerprint: 'ab'.repeat(32),
  spki: '',
  serial: '1',
  issuer: 'CN=Plant CA',
  expiresAt: 0,
};

const factsOf = (identity: Partial<Identity> = {}, differs: Partial<ClassFacts> = {}): ClassFacts => ({
  clientId: 'pump-1',
  listener: 'mqtt',
  identity: { ...anonymous, ...identity },
  ...differs,
});
const classOf = (rule: Omit<ClassRule, 'class'>, facts: ClassFacts): boolean =>
  new ClassRules({ rules: [{ ...rule, class: 'critical' }], listeners: [] }, () => undefined).classOf(
    facts,
  ) === 'critical';

test.each<[string, Omit<ClassRule, 'class'>, ClassFacts, boolean]>([
  ['client id', { clientId: 'pump-*' }, factsOf(), true],
  ['client id', { clientId: 'lamp-*' }, factsOf(), false],
  ['user', { user: 'ops-*' }, factsOf({ user: 'ops-7' }), true],
  ['user', { user: '*' }, factsOf(), false],
  ['claim', { claims: { tier: 'gold' } }, factsOf({ claims: { tier: 'gold' } }), true],
  ['claim', { claims: { tier: 'gold' } }, factsOf({ claims: { tier: ['iron', 'gold'] } }), true],
  ['claim', { claims: { level: '7' } }, factsOf({ claims: { level: 7 } }), true],
  ['claim', { claims: { tier: 'gold', site: 'x' } }, factsOf({ claims: { tier: 'gold' } }), false],
  ['claim', { claims: { constructor: '*' } }, factsOf(), false],
  ['claim', { claims: { tier: '*' } }, factsOf({ claims: { tier: { name: 'gold' } } }), false],
  ['certificate', { certificate: { commonName: '*.plant' } }, factsOf({ certificate }), true],
  ['certificate', { certificate: { alternativeName: 'URI:urn:pump:*' } }, factsOf({ certificate }), true],
  ['certificate', { certificate: { alternativeName: 'DNS:*.other' } }, factsOf({ certificate }), false],
  [
    'certificate',
    { certificate: { commonName: '*.plant', issuer: 'CN=Other*' } },
    factsOf({ certificate }),
    false,
  ],
  ['certificate', { certificate: {} }, factsOf(), false],
  ['listener', { listener: 'mq*' }, factsOf(), true],
  ['everything named', { clientId: 'pump-*', listener: 'ws' }, factsOf(), false],
])('a rule asks for the %s: %j', (_, rule, facts, holds) => {
  expect(classOf(rule, facts)).toBe(holds);
});

test('who says something first decides: rules, rules of devices, the identity, the listener', () => {
  const listeners = [{ name: 'mqtt', class: 'bulk' as const }, { name: 'ws' }];
  const rules = [
    { clientId: 'a', class: 'critical' },
    { clientId: 'a', class: 'bulk' },
  ] as const;
  const decide = new ClassRules({ rules, listeners }, (id) => (id === 'b' ? 'critical' : undefined));
  const asks = { class: 'critical' } as const;
  expect(decide.classOf(factsOf({ class: 'bulk' }, { clientId: 'a' }))).toBe('critical');
  expect(decide.classOf(factsOf({ class: 'bulk' }, { clientId: 'b' }))).toBe('critical');
  expect(decide.classOf(factsOf(asks))).toBe('critical');
  expect(decide.classOf(factsOf())).toBe('bulk');
  expect(decide.classOf(factsOf({}, { listener: 'ws' }))).toBe('standard');
});
