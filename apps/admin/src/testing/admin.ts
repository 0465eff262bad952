import { csrfHeader } from '@tributary/protocol/admin-api';
import { createLogger, type Logger } from '@tributary/runtime';
import type { ScryptCost } from '../access/password-hash.ts';
import { readAdminConfig, type AdminConfig } from '../config.ts';
import { startAdmin, type AdminParts, type AdminServer } from '../server.ts';
import type { GatewayDouble } from './gateway-double.ts';
import { until } from './until.ts';

export const quiet: Logger = createLogger({ level: 'silent' });

/** Of the operator `admin` of a test. */
export const testPassword = 'a password for tests';

/** Hashing is not what most tests are about. */
export const cheapCost: ScryptCost = { N: 1024, r: 8, p: 1 };

/** An admin, with somebody signed in. */
export interface TestAdmin extends AdminServer {
  /** `cookie` and the header that writes need: of `admin`, who may do everything. */
  readonly headers: Readonly<Record<string, string>>;
}

export function testConfig(
  redis: { url: string; namespace: string },
  env: Record<string, string> = {},
): AdminConfig {
  return readAdminConfig({
    TRIBUTARY_REDIS_URL: redis.url,
    TRIBUTARY_REDIS_NAMESPACE: redis.namespace,
    TRIBUTARY_ADMIN_PORT: '0',
    TRIBUTARY_ADMIN_FIRST_PASSWORD: testPassword,
    ...env,
  }).config;
}

/** An admin on a free port that reads what the double writes. */
export async function startTestAdmin(
  gateway: GatewayDouble,
  parts: Partial<AdminParts> = {},
  env: Record<string, string> = {},
): Promise<TestAdmin> {
  const config = testConfig({ url: gateway.url, namespace: gateway.keys.namespace }, env);
  const server = await startAdmin(config, { logger: quiet, cost: cheapCost, ...parts });
  const headers = await until(() => signIn(server.address, 'admin', testPassword));
  return Object.assign(server, { headers });
}

/** Signs in. @returns the headers of a browser that is. @throws Error with the problem's code */
export async function signIn(
  address: string,
  name: string,
  password: string,
): Promise<Record<string, string>> {
  const response = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [csrfHeader]: '1' },
    body: JSON.stringify({ name, password }),
  });
  if (response.status !== 200) throw new Error(`not signed in: ${await response.text()}`);
  return { cookie: cookieOf(response), [csrfHeader]: '1' };
}

/** The cookie an answer sets, as a browser sends it back. */
export function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
}
