import {
  loadConfig,
  logLevels,
  serverTrustSchema,
  tlsVersions,
  type DeepReadonly,
  type Environment,
  type LoadedConfig,
} from '@tributary/runtime';
import { isRedisUrl, namespacePattern } from '@tributary/backplane';
import { newPasswordSchema } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { isLoopbackAddress, isNetwork, isOrigin } from './http/addresses.ts';

const ms = z.int().min(1);

const redisSchema = z.strictObject({
  url: z
    .string()
    .refine(isRedisUrl, 'must be a redis:// or rediss:// URL')
    .default('redis://127.0.0.1:6379')
    .meta({ secret: true, accepts: 'a redis:// or rediss:// URL' })
    .describe('The Redis the gateways write to.'),
  tls: serverTrustSchema.optional().describe('Which certificates of a `rediss://` server are believed.'),
  namespace: z
    .string()
    .regex(namespacePattern)
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

const tlsSchema = z.strictObject({
  certFile: z.string().min(1).describe('PEM file with the certificate and its chain.'),
  keyFile: z.string().min(1).describe('PEM file with the private key, without a passphrase.'),
  minVersion: z
    .enum(tlsVersions)
    .default('TLSv1.3')
    .describe('Lowest version spoken; browsers since 2018 know 1.3.'),
});

const sessionSchema = z.strictObject({
  idleMs: ms
    .min(60_000)
    .default(8 * 3_600_000)
    .describe('A session that is not used for this long ends; an open page uses it.'),
  maxAgeMs: ms
    .min(60_000)
    .default(7 * 86_400_000)
    .describe('Every session ends after this: sign in again.'),
});

const originSchema = z
  .string()
  .refine(isOrigin, { error: 'must be an origin like https://fleet.example.org' });
const networkSchema = z
  .string()
  .refine(isNetwork, { error: 'must be an IP address or a prefix like 10.0.0.0/8' });

const adminSchema = z
  .strictObject({
    host: z
      .string()
      .default('127.0.0.1')
      .describe('Address to listen on; one that other machines reach needs `tls` or `plainHttp`.'),
    port: z.int().min(0).max(65_535).default(18_083).describe('Port to listen on; 0 takes a free one.'),
    tls: tlsSchema
      .optional()
      .describe('Serves HTTPS with this certificate; renewed files are taken without a restart.'),
    plainHttp: z
      .boolean()
      .default(false)
      .describe('Serves other machines without TLS: a proxy in front does it, or nobody listens on the way.'),
    publicOrigins: z
      .array(originSchema)
      .max(20)
      .default([])
      .meta({ accepts: 'a list of origins like https://fleet.example.org' })
      .describe('Where browsers reach it, when that is not its own address and port: a name, a proxy.'),
    trustedProxies: z
      .array(networkSchema)
      .max(100)
      .default([])
      .meta({ accepts: 'a list of IP addresses and prefixes' })
      .describe(
        'Proxies whose `X-Forwarded-For` is believed; else all who come through one share its address.',
      ),
    firstPassword: newPasswordSchema
      .optional()
      .meta({ secret: true, accepts: 'text of at least 12 characters' })
      .describe('Password of `admin` if there is no operator yet; without it one is made and printed.'),
    session: sessionSchema.prefault({}).describe('How long operators stay signed in.'),
    maxDevices: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe('Devices kept in memory, about 0.7 kB each; further ones are left out and the page says so.'),
    feed: feedSchema.prefault({}).describe('The live socket of the page.'),
  })
  .refine(({ host, tls, plainHttp }) => isLoopbackAddress(host) || tls !== undefined || plainHttp, {
    path: ['host'],
    error:
      'is an address other machines reach, and passwords would cross the network readable: set admin.tls, or ' +
      'admin.plainHttp when a proxy in front does TLS; from afar, loopback and an SSH tunnel do without either',
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
    'ACCESS_*',
    'ACL_*',
    'AUDIT_*',
    'AUTH_*',
    'CLASSES_*',
    'DEVICES_*',
    'FLAPPING_*',
    'LIMITS_*',
    'LISTENERS',
  ],
  ...[
    'MQTT_*',
    'NODE_*',
    'OPS_*',
    'OVERLOAD_*',
    'PARTITIONS',
    'PRESENCE_*',
    'PROFILE',
    'QUALITY_*',
    'QUEUES_*',
  ],
  ...['RATES_*', 'RELOAD_*', 'RESUME_*', 'RETAINED_*', 'SESSIONS_*', 'SHUTDOWN_*', 'SOURCES_*', 'UPLINK_*'],
  ...['WORKERS', 'CONFIG', 'DEMO_*', 'PARENT_WATCH', 'REDIS_SERVER', 'TEST_*'],
].map((name) => `TRIBUTARY_${name}`);

/** Reads the configuration from a file, where one is named, and the environment. @throws ConfigError naming every fault. */
export function readAdminConfig(
  env: Environment,
  file?: string,
): LoadedConfig<z.output<typeof adminConfigSchema>> {
  return loadConfig({ schema: adminConfigSchema, file, env, prefix: 'TRIBUTARY', ignore: otherVariables });
}
