import {
  loadConfig,
  logLevels,
  type DeepReadonly,
  type Environment,
  type LoadedConfig,
} from '@tributary/runtime';
import { z } from 'zod';
import { isLoopbackAddress } from './http/origin-guard.ts';

const ms = z.int().min(1);

const redisSchema = z.strictObject({
  url: z
    .url({ protocol: /^rediss?$/ })
    .default('redis://127.0.0.1:6379')
    .meta({ secret: true, accepts: 'a redis:// or rediss:// URL' })
    .describe('The Redis the gateways write to.'),
  namespace: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('tributary')
    .meta({ accepts: '1 to 32 of a-z, 0-9 and -' })
    .describe('First part of every key; the same as the gateways have.'),
  connectTimeoutMs: ms.default(2000).describe('How long a connection may take to open.'),
  replyTimeoutMs: ms.min(2000).default(5000).describe('A reply later than this counts as Redis being away.'),
});

const feedSchema = z.strictObject({
  maxViewers: z.int().min(1).max(1000).default(50).describe('Open tabs; a further one gets 503.'),
  maxBufferedBytes: z
    .int()
    .min(1024)
    .default(262_144)
    .describe('A tab with more than this unsent is skipped until it has read.'),
  slowCloseMs: ms.default(10_000).describe('A tab that stays so for this long is closed.'),
  maxMessagesPerSecond: z
    .int()
    .min(1)
    .default(20)
    .describe('Subscriptions a tab may send; scrolling sends about six a second.'),
});

const adminSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .refine(isLoopbackAddress, {
      error:
        'must be a loopback address (127.0.0.1, ::1 or localhost): there is no login yet, so other machines must not ' +
        'reach it; from afar use an SSH tunnel with the same port',
    })
    .describe('Address to listen on. Loopback only while there is no login.'),
  port: z.int().min(0).max(65_535).default(18_083).describe('Port to listen on; 0 takes a free one.'),
  maxDevices: z
    .int()
    .min(1)
    .default(1_000_000)
    .describe('Devices kept in memory, about 0.5 kB each; further ones are left out and the page says so.'),
  feed: feedSchema.prefault({}).describe('The live socket of the page.'),
});

/** Options of the admin process. A default stands beside its unit and its reason. */
export const adminConfigSchema = z.strictObject({
  redis: redisSchema.prefault({}),
  admin: adminSchema.prefault({}),
  log: z
    .strictObject({ level: z.enum(logLevels).default('info').describe('Least level written.') })
    .prefault({}),
});

export type AdminConfig = DeepReadonly<z.output<typeof adminConfigSchema>>;

// One environment may serve every process of a host: what only the gateway reads is no mistake here.
const otherVariables = [
  ...[
    'NODE_*',
    'PARTITIONS',
    'WORKERS',
    'LISTENERS',
    'OPS_*',
    'AUTH_*',
    'LIMITS_*',
    'SESSIONS_*',
    'UPLINK_*',
  ],
  ...['PRESENCE_*', 'SHUTDOWN_*', 'CONFIG', 'DEMO_*', 'PARENT_WATCH', 'REDIS_SERVER', 'TEST_*'],
].map((name) => `TRIBUTARY_${name}`);

/** Reads the configuration from a file, where one is named, and the environment. @throws ConfigError naming every fault. */
export function readAdminConfig(
  env: Environment,
  file?: string,
): LoadedConfig<z.output<typeof adminConfigSchema>> {
  return loadConfig({ schema: adminConfigSchema, file, env, prefix: 'TRIBUTARY', ignore: otherVariables });
}
