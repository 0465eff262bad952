import { Keys, Store } from '@tributary/backplane';
import { systemClock, type Logger } from '@tributary/runtime';
import type { AdminConfig } from '../config.ts';
import { HttpProblem } from '../http/problem.ts';
import { Access } from './access.ts';
import { shellActor } from './first-operator.ts';
import { defaultCost } from './password-hash.ts';
import { randomId, readablePassword } from './secrets.ts';

const connectWithinMs = 5000;

/**
 * Gives an operator a new password and ends their sessions, at running admins too: for whoever lost theirs and has the
 * shell of the server, and so Redis anyway.
 * @returns what to tell that person
 * @throws HttpProblem with the reason in words: no such operator, no Redis
 */
export async function resetPassword(config: AdminConfig, name: string, logger: Logger): Promise<string> {
  const { redis, admin } = config;
  const store = new Store({
    url: redis.url,
    tls: redis.tls,
    name: 'tributary-admin-reset',
    connectTimeoutMs: redis.connectTimeoutMs,
    replyTimeoutMs: redis.replyTimeoutMs,
  });
  const keys = new Keys(redis.namespace, 1);
  const access = new Access(
    { store, keys, clock: systemClock, logger },
    { session: admin.session, cost: defaultCost },
  );
  try {
    await untilUp(store);
    return await reset(access, name);
  } finally {
    await store.close();
  }
}

async function reset(access: Access, name: string): Promise<string> {
  const text = readablePassword();
  const password = await access.desk.hash(text);
  let isDisabled = false;
  const entry = { action: 'operator.reset-password', target: name, result: 'done' } as const;
  await access.change(shellActor, entry, ({ operators }) => {
    const before = operators.get(name);
    if (before === undefined)
      throw new HttpProblem(404, 'operator-not-found', unknownName(name, [...operators.keys()]));
    isDisabled = before.isDisabled;
    const changes = { password, passwordChangedAt: Date.now(), hasFirstPassword: true, stamp: randomId() };
    return [{ kind: 'operator', field: name, value: JSON.stringify({ ...before, ...changes }) }];
  });
  const note = isDisabled ? '\n  This operator is disabled; an admin has to enable it before.\n' : '';
  return `
  New password of the operator ${name}:

    ${text}
${note}
  All sessions of ${name} have ended. Sign in and choose your own password.

`;
}

function unknownName(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'There is no operator yet: the admin makes the first one when it starts.';
  return `There is no operator ${JSON.stringify(name)}. There is: ${known.toSorted().join(', ')}`;
}

async function untilUp(store: Store): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new HttpProblem(503, 'redis-away', `Redis cannot be reached: ${store.why}`));
    }, connectWithinMs);
    store.once('up', () => {
      clearTimeout(late);
      resolve();
    });
    store.start();
  });
}
