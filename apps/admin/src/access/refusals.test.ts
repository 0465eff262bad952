import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import type { Actor, AuditFacts, AuditLog } from './audit-log.ts';
import { Refusals } from './refusals.ts';

const actorAt = (address: string): Actor => ({ who: '', role: '', via: 'none', address, requestId: 'r' });
const refusal = { action: 'session.begin', target: 'admin', code: 'wrong-credentials' };

function notebook(): { refusals: Refusals; written: { actor: Actor; facts: AuditFacts }[] } {
  const written: { actor: Actor; facts: AuditFacts }[] = [];
  const append = (actor: Actor, facts: AuditFacts) => Promise.resolve(void written.push({ actor, facts }));
  return { refusals: new Refusals({ append } as unknown as AuditLog, new ManualClock()), written };
}

test('the first refusal is written at once, a thousand more of its kind are one entry', () => {
  const { refusals, written } = notebook();
  for (let i = 0; i < 1001; i++) refusals.note(actorAt('192.0.2.1'), refusal);
  expect(written).toHaveLength(1);
  refusals.flush();
  expect(written.map(({ facts }) => facts.detail)).toMatchObject([
    { code: 'wrong-credentials' },
    { code: 'wrong-credentials', repeated: 1000 },
  ]);
  expect(written.every(({ facts }) => facts.result === 'refused')).toBe(true);
});

test('after the window a refusal is news again', () => {
  const { refusals, written } = notebook();
  refusals.note(actorAt('192.0.2.1'), refusal);
  refusals.flush();
  refusals.note(actorAt('192.0.2.1'), refusal);
  refusals.flush();
  expect(written).toHaveLength(2);
});

test('a flood from many addresses takes ten entries and one that counts the rest', () => {
  const { refusals, written } = notebook();
  for (let i = 0; i < 5000; i++) refusals.note(actorAt(`10.0.${i >> 8}.${i & 255}`), refusal);
  refusals.flush();
  expect(written).toHaveLength(11);
  expect(written.at(-1)?.facts.detail).toMatchObject({ repeated: 4990 });
});

test('all addresses of one IPv6 subscriber are one source', () => {
  const { refusals, written } = notebook();
  for (let i = 1; i < 1000; i++) refusals.note(actorAt(`2001:db8:1:2::${i.toString(16)}`), refusal);
  refusals.flush();
  expect(written).toHaveLength(2);
});

test('of operators a hundred are written, whatever strangers do meanwhile', () => {
  const { refusals, written } = notebook();
  for (let i = 0; i < 200; i++) {
    refusals.note(actorAt(`10.0.0.${i}`), refusal);
    refusals.note({ ...actorAt('192.0.2.1'), who: `operator-${i}` }, { ...refusal, code: 'forbidden' });
  }
  refusals.flush();
  expect(written).toHaveLength(101);
  expect(written.filter(({ actor }) => actor.who !== '')).toHaveLength(90);
});
