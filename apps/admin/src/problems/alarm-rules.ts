import type { AlarmRule } from './rule.ts';
import { certificateExpiry } from './rules/certificate-expiry.ts';
import { configTrouble } from './rules/config-trouble.ts';
import { consumerLag } from './rules/consumer-lag.ts';
import { duplicateId } from './rules/duplicate-id.ts';
import { flapping } from './rules/flapping.ts';
import { groupAbandoned } from './rules/group-abandoned.ts';
import { loopDelay } from './rules/loop-delay.ts';
import { nodeLost } from './rules/node-lost.ts';
import { nodeSilent } from './rules/node-silent.ts';
import { overload } from './rules/overload.ts';
import { qualityFleet } from './rules/quality-fleet.ts';
import { qualityGroup } from './rules/quality-group.ts';
import { redisDown } from './rules/redis-down.ts';
import { refusedConnects } from './rules/refused-connects.ts';
import { streamNearlyFull } from './rules/stream-nearly-full.ts';
import { tlsTrouble } from './rules/tls-trouble.ts';

/** True whatever Redis says: the only one that is looked at while it is away. */
export const rulesWithoutRedis: readonly AlarmRule[] = [redisDown];

/** All others. While Redis is away they rest: what is open stays open, and nothing is raised. */
export const rulesOfFleet: readonly AlarmRule[] = [
  nodeSilent,
  nodeLost,
  qualityFleet,
  qualityGroup,
  duplicateId,
  flapping,
  consumerLag,
  streamNearlyFull,
  groupAbandoned,
  loopDelay,
  refusedConnects,
  overload,
  certificateExpiry,
  tlsTrouble,
  configTrouble,
];
