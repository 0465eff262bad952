import { createLogger } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { anonymous, type Identity } from '../admission/identity.ts';
import { shown } from '../testing/credentials.ts';
import { Auth, type AuthPlan } from './auth.ts';
import type { Authenticator, Credentials, Verdict } from './authenticator.ts';
import type { Asked, Judged } from './chain.ts';
import { accepted, pass, refused } from './verdicts.ts';

const logger = createLogger({ level: 'silent' });

/** Knows one user, whose password is its own name. */
class Friend implements Authenticator {
  readonly name: string;
  readonly #user: string;
  started = 0;
  stopped = 0;

  constructor(name: string, user: string) {
    this.name = name;
    this.#user = user;
  }

  authenticate({ user, password }: Credentials): Verdict {
    if (user !== this.#user) return pass;
    return password?.toString() === user
      ? accepted(this.name, { user })
      : refused('bad-credentials', 'wrong password');
  }
  start(): Promise<void> {
    this.started++;
    return Promise.resolve();
  }
  stop(): void {
    this.stopped++;
  }
}

const link = (authenticator: Authenticator): AuthPlan['chain'][number] => ({
  options: authenticator.name,
  make: () => authenticator,
});
const planOf = (authenticators: readonly Authenticator[], differs: Partial<AuthPlan> = {}): AuthPlan => ({
  chain: authenticators.map(link),
  acceptsAnonymous: authenticators.length === 0,
  binding: 'none',
  byListener: new Map(),
  ...differs,
});

function authOf(plan: AuthPlan): { auth: Auth; asked: string[] } {
  const asked: string[] = [];
  const note = ({ authenticator, outcome: said }: Asked): void => void asked.push(`${authenticator} ${said}`);
  return { auth: new Auth(plan, logger, note), asked };
}
const outcome = ({ by, verdict }: Judged): string =>
  `${by} ${verdict.kind === 'refused' ? verdict.reason : verdict.kind}`;
const ask = async (auth: Auth, shows: Parameters<typeof shown>[0] = {}): Promise<string> =>
  outcome(await auth.authenticate(shown(shows)));

test('without a chain everybody is anonymous, at once', () => {
  const { auth } = authOf(planOf([]));
  expect(outcome(auth.authenticate(shown({ user: 'x', password: 'y' })) as Judged)).toBe(
    'anonymous accepted',
  );
});

test('authenticators are asked in order, and the first that knows the credentials decides', async () => {
  const { auth, asked } = authOf(
    planOf([new Friend('a', 'ann'), new Friend('b', 'bob'), new Friend('c', 'bob')]),
  );
  expect(await ask(auth, { user: 'bob', password: 'bob' })).toBe('b accepted');
  expect(asked).toEqual(['a pass', 'b accepted']);
  expect(await ask(auth, { user: 'ann', password: 'bob' })).toBe('a bad-credentials');
});

test('a refusal is final: nobody behind it may know better', async () => {
  const lax: Authenticator = { name: 'lax', authenticate: () => accepted('lax', { user: 'anybody' }) };
  const { auth } = authOf(planOf([new Friend('a', 'ann'), lax]));
  expect(await ask(auth, { user: 'ann', password: 'wrong' })).toBe('a bad-credentials');
  expect(await ask(auth, { user: 'eve', password: 'x' })).toBe('lax accepted');
});

test('a fault of one lets nobody in', async () => {
  const broken: Authenticator = { name: 'broken', authenticate: () => Promise.reject(new Error('a bug')) };
  const lax: Authenticator = { name: 'lax', authenticate: () => accepted('lax', {}) };
  expect(await ask(authOf(planOf([broken, lax])).auth, { user: 'x' })).toBe('broken internal-error');
});

test('whom nobody knows is refused: by what it showed', async () => {
  const { auth } = authOf(planOf([new Friend('a', 'ann')]));
  expect(await ask(auth, { user: 'eve', password: 'x' })).toBe('chain bad-credentials');
  expect(await ask(auth)).toBe('chain not-authorized');
  expect(await ask(auth, { user: 'x'.repeat(2000), password: 'x' })).toBe('chain bad-credentials');
});

test('anonymous beside a chain is for who shows nothing; a wrong password is not better than none', async () => {
  const byAddress: Authenticator = {
    name: 'address',
    authenticate: ({ address }) => (address === '192.0.2.9' ? accepted('address', { user: 'known' }) : pass),
  };
  const { auth } = authOf(planOf([new Friend('a', 'ann'), byAddress], { acceptsAnonymous: true }));
  expect(await ask(auth)).toBe('anonymous accepted');
  expect(await ask(auth, { address: '192.0.2.9' })).toBe('address accepted');
  expect(await ask(auth, { user: 'eve', password: 'x' })).toBe('chain bad-credentials');
  expect(await ask(auth, { user: 'ann' })).toBe('a bad-credentials');
});

test('a listener may have authenticators of its own', async () => {
  const byListener = new Map([
    ['inner', ['anonymous']],
    ['outer', ['b']],
  ]);
  const { auth } = authOf(planOf([new Friend('a', 'ann'), new Friend('b', 'bob')], { byListener }));
  expect(await ask(auth, { listener: 'inner', user: 'eve', password: 'x' })).toBe('anonymous accepted');
  expect(await ask(auth, { listener: 'outer', user: 'ann', password: 'ann' })).toBe('chain bad-credentials');
  expect(await ask(auth, { listener: 'outer', user: 'bob', password: 'bob' })).toBe('b accepted');
  expect(await ask(auth, { listener: 'other', user: 'ann', password: 'ann' })).toBe('a accepted');
});

test('a client id of somebody else is refused', async () => {
  const { auth, asked } = authOf(planOf([new Friend('a', 'ann')], { binding: 'equal' }));
  expect(await ask(auth, { user: 'ann', password: 'ann', clientId: 'ann' })).toBe('a accepted');
  expect(await ask(auth, { user: 'ann', password: 'ann', clientId: 'bob' })).toBe('a not-authorized');
  expect(await ask(auth, { user: 'ann', password: 'ann', clientId: 'auto-1', isAssigned: true })).toBe(
    'a accepted',
  );
  expect(asked.at(-2)).toBe('binding refused');
});

test('an identity of before is taken while its authenticator stands, vouches for it, and may have the id', async () => {
  const friend = Object.assign(new Friend('a', 'ann'), {
    vouchesFor: ({ user }: Identity) => user === 'ann',
  });
  const byListener = new Map([['inner', ['b']]]);
  const { auth } = authOf(planOf([friend, new Friend('b', 'bob')], { binding: 'equal', byListener }));
  const ann = { ...anonymous, by: 'a', user: 'ann' };
  expect(await auth.stillTakes(ann, 'ann', 'mqtt')).toBe(true);
  expect(await auth.stillTakes(ann, 'bob', 'mqtt')).toBe(false);
  expect(await auth.stillTakes(ann, 'ann', 'inner')).toBe(false);
  expect(await auth.stillTakes({ ...ann, by: 'gone' }, 'ann', 'mqtt')).toBe(false);
  expect(await auth.stillTakes({ ...ann, user: 'eve' }, 'eve', 'mqtt')).toBe(false);
  Object.assign(friend, { isInForce: () => Promise.resolve(false) });
  expect(await auth.stillTakes(ann, 'ann', 'mqtt')).toBe(false);
});

test('a change starts what is new, stops what is gone and leaves the rest alone', async () => {
  const [a, b, c] = [new Friend('a', 'ann'), new Friend('b', 'bob'), new Friend('c', 'cleo')];
  const { auth } = authOf(planOf([a, b]));
  await auth.start();
  auth.configure(planOf([b, c]));
  expect(await ask(auth, { user: 'cleo', password: 'cleo' })).toBe('c accepted');
  expect(await ask(auth, { user: 'ann', password: 'ann' })).toBe('chain bad-credentials');
  expect([a, b, c].map(({ started, stopped }) => [started, stopped])).toEqual([
    [1, 1],
    [1, 0],
    [1, 0],
  ]);
  auth.stop();
  expect([a, b, c].map(({ stopped }) => stopped)).toEqual([1, 1, 1]);
});

test('nobody is asked before a new authenticator is ready', async () => {
  let ready = (): void => {};
  const slow: Authenticator = {
    name: 'slow',
    start: () => new Promise((resolve) => (ready = resolve)),
    authenticate: () => accepted('slow', {}),
  };
  const { auth } = authOf(planOf([]));
  await auth.start();
  auth.configure(planOf([slow]));
  let answer: string | undefined;
  const asking = ask(auth, { user: 'x' }).then((said) => (answer = said));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answer).toBeUndefined();
  ready();
  expect(await asking).toBe('slow accepted');
});
