import { putResumeKey, readResumeKey } from '@tributary/backplane';
import { Resume } from '../auth/resume/resume.ts';
import type { GatewayConfig } from '../config/config.ts';
import { registerResumeMetrics } from '../metrics/resume.ts';
import type { Ground } from './ground.ts';
import type { OperatorSide } from './operator-side.ts';

/** Coming back by a key: Redis has the keys, the authenticators of now say whom they would still take. */
export function buildResume(
  config: GatewayConfig,
  { store, keys, now, identity }: Ground,
  { metrics }: OperatorSide,
): Resume {
  const resume = new Resume(config.resume, {
    read: (clientId) => readResumeKey(store.redis, keys, clientId),
    write: (clientId, key, until) => putResumeKey(store.redis, keys, clientId, key, until),
    stillTakes: (who, clientId, listener) => identity.auth.stillTakes(who, clientId, listener),
    now,
  });
  registerResumeMetrics(metrics.registry, resume);
  return resume;
}
