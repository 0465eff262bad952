import { createLogger, type Logger } from '@tributary/runtime';
import { readAdminConfig, type AdminConfig } from '../config.ts';
import { startAdmin, type AdminParts, type AdminServer } from '../server.ts';
import type { GatewayDouble } from './gateway-double.ts';

export const quiet: Logger = createLogger({ level: 'silent' });

export function testConfig(
  redis: { url: string; namespace: string },
  env: Record<string, string> = {},
): AdminConfig {
  return readAdminConfig({
    TRIBUTARY_REDIS_URL: redis.url,
    TRIBUTARY_REDIS_NAMESPACE: redis.namespace,
    TRIBUTARY_ADMIN_PORT: '0',
    ...env,
  }).config;
}

/** An admin on a free port that reads what the double writes. */
export function startTestAdmin(
  gateway: GatewayDouble,
  parts: Partial<AdminParts> = {},
  env: Record<string, string> = {},
): Promise<AdminServer> {
  const config = testConfig({ url: gateway.url, namespace: gateway.keys.namespace }, env);
  return startAdmin(config, { logger: quiet, ...parts });
}
