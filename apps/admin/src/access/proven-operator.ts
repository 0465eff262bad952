import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problem.ts';
import type { Access } from './access.ts';
import type { OperatorRecord } from './operator-record.ts';

/**
 * The operator of this name, if the password is theirs. Throttled, and as slow for a name nobody has.
 * @throws HttpProblem 401 `wrong-credentials`, 429 `too-many-attempts`
 */
export async function provenOperator(
  access: Access,
  request: FastifyRequest,
  name: string,
  password: string,
): Promise<OperatorRecord> {
  // People type their password into the wrong field; what is no operator's name must not reach the audit.
  request.auditTarget = access.book.page.operators.has(name) ? name : 'an unknown name';
  const waitMs = access.throttle.begin(request.ip, name);
  if (waitMs > 0) throw tooManyAttempts(waitMs);
  const { operator, isMatch } = await check(access, name, password).catch((error: unknown) => {
    access.throttle.undecided(request.ip, name);
    throw error;
  });
  if (!isMatch || operator === undefined) throw wrongCredentials(request);
  access.throttle.succeeded(request.ip, name);
  return operator;
}

async function check(
  access: Access,
  name: string,
  password: string,
): Promise<{ operator: OperatorRecord | undefined; isMatch: boolean }> {
  await access.refresh();
  const operator = access.book.page.operators.get(name);
  const stored = operator?.isDisabled === false ? operator.password : undefined;
  return { operator, isMatch: await access.desk.matches(password, stored) };
}

function tooManyAttempts(waitMs: number): HttpProblem {
  const seconds = Math.ceil(waitMs / 1000);
  return new HttpProblem(429, 'too-many-attempts', `too many attempts; try again in ${seconds} s`, seconds);
}

/** Who is signed in and gives a wrong password must not be taken for signed out. */
export function wrongCredentials({ signedIn }: FastifyRequest): HttpProblem {
  return signedIn === undefined
    ? new HttpProblem(401, 'wrong-credentials', 'no operator has this name and password')
    : new HttpProblem(403, 'wrong-password', 'the current password is another');
}
