import { hostname } from 'node:os';
import { parseRedisUrl } from '@tributary/backplane';
import { logLevels } from '@tributary/runtime';
import { z } from 'zod';
import { anonymousFacts, anonymousRules } from './config-anonymous.ts';
import { crossCheck } from './config-cross-check.ts';
import { devicesSchema } from './config-devices.ts';
import { limitsSchema, uplinkSchema } from './config-limits.ts';
import { accessSchema, mqttSchema, queueSchema, retainedSchema } from './config-messages.ts';
import { qualitySchema } from './config-quality.ts';
import { defaultListeners, hostSchema, listenerSchema, portSchema, uniqueNames } from './config-listener.ts';

const nodeSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .meta({ accepts: '1 to 64 letters, digits, dashes and underscores', defaultText: 'from the host name' })
    .default(() => nodeIdOf(hostname()))
    .describe('Names the node; must differ between running nodes and stay the same over restarts.'),
});

const redisSchema = z.strictObject({
  url: z
    .string()
    .refine(isRedisUrl, 'must be a redis:// or rediss:// URL')
    .meta({ secret: true, accepts: 'a redis:// or rediss:// URL' })
    .default('redis://127.0.0.1:6379')
    .describe('Where Redis is: `redis://[user:password@]host[:port][/db]`, or `rediss://…` over TLS.'),
  namespace: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ accepts: '1 to 32 lower-case letters, digits and dashes' })
    .default('tributary')
    .describe('First part of every key; fleets with different namespaces share a Redis without meeting.'),
  replyTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(5000)
    .describe(
      'Longest wait for a reply before the connection counts as broken, ms. Above the pauses a fork of Redis makes.',
    ),
  connectTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(2000)
    .describe('Longest wait for a connection before trying again, ms. Leaves room for one lost SYN.'),
});

const opsSchema = z.strictObject({
  host: hostSchema
    .default('127.0.0.1')
    .describe('Address of `/healthz`, `/readyz`, `/metrics`. Not for the open internet.'),
  port: portSchema.default(9464).describe('TCP port; 0 takes a free one, named in the ready line.'),
});

const authSchema = z.strictObject({
  anonymous: z
    .boolean()
    .refine(
      (anonymous) => anonymous,
      'must be true for now: there is no other authenticator yet, so no device could connect',
    )
    .default(true)
    .describe(
      'Accept devices without authentication. Only `true` for now, as there is no other authenticator yet.',
    ),
  anonymousPublic: z
    .boolean()
    .default(false)
    .describe(
      'Accept them on addresses other than loopback too. Off: whoever reaches the port may act as any device.',
    ),
});

const logSchema = z.strictObject({
  level: z
    .enum(logLevels)
    .default('info')
    .describe('Least severe level written. `info` has no line per message.'),
});

const sessionsSchema = z.strictObject({
  maxExpirySeconds: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(604_800)
    .describe(
      'Longest life of a session without a connection, s; longer wishes are cut to it. A week outlasts most outages.',
    ),
});

const presenceSchema = z.strictObject({
  recordIntervalMs: z
    .int()
    .min(1000)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'How often the record of a connected device is written, ms. A minute costs 1 write/s per 60 devices.',
    ),
  sampleIntervalMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe(
      'How often the figures of devices that moved are written for the dashboard, ms. Looks live to the eye.',
    ),
  takeoverWaitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(500)
    .describe(
      'Longest wait for the older connection of a client id to finish on another node, ms; then the newer goes ahead.',
    ),
  deviceRecordDays: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Days a device record outlives the last disconnect. A month covers seasonal pauses.'),
  transientRecordSeconds: z
    .int()
    .min(1)
    .max(31_536_000)
    .default(3600)
    .describe(
      'The same for ids the server assigned or accepted without authentication, s. Anyone can make those up.',
    ),
});

const shutdownSchema = z.strictObject({
  deadlineMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(10_000)
    .describe(
      'Longest orderly stop, ms. Below the 30 s after which Kubernetes kills; Docker needs `stop_grace_period` 15 s.',
    ),
});

/** Every option of a gateway node. `docs/configuration.md` is made from it. */
export const gatewaySchema = z
  .strictObject({
    node: nodeSchema.prefault({}),
    redis: redisSchema.prefault({}),
    partitions: z
      .int()
      .min(1)
      .max(4096)
      .default(16)
      .describe(
        'Shards of every per-device key. Fixed at the first start of a namespace. 16 keep 16 consumers busy.',
      ),
    workers: z
      .int()
      .min(1)
      .refine((workers) => workers === 1, 'must be 1 for now: start one node per core instead')
      .meta({ accepts: '1' })
      .default(1)
      .describe('Nodes on this host under one supervisor. Only 1 for now: start one node per core instead.'),
    listeners: z
      .array(listenerSchema)
      .min(1)
      .max(64)
      .check(uniqueNames)
      .meta({ defaultText: 'mqtt on 127.0.0.1:1883, ws on 127.0.0.1:8083' })
      .prefault(defaultListeners)
      .describe('Addresses where devices connect.'),
    ops: opsSchema.prefault({}),
    auth: authSchema.prefault({}),
    log: logSchema.prefault({}),
    limits: limitsSchema.prefault({}),
    sessions: sessionsSchema.prefault({}),
    mqtt: mqttSchema.prefault({}),
    queues: queueSchema.prefault({}),
    retained: retainedSchema.prefault({}),
    access: accessSchema.prefault({}),
    uplink: uplinkSchema.prefault({}),
    presence: presenceSchema.prefault({}),
    quality: qualitySchema.prefault({}),
    devices: devicesSchema.prefault({}),
    shutdown: shutdownSchema.prefault({}),
  })
  .check(crossCheck(anonymousFacts, anonymousRules));

/** A node id made of a host name: its first label, with what an id may not hold turned into dashes. */
export function nodeIdOf(host: string): string {
  const label = host.split('.', 1)[0] ?? '';
  const id = label.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64);
  return id === '' ? 'gateway' : id;
}

/** What the connections themselves will make of it. */
function isRedisUrl(text: string): boolean {
  try {
    parseRedisUrl(text);
    return true;
  } catch {
    return false;
  }
}
