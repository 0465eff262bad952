import { hostname } from 'node:os';
import { logLevels } from '@tributary/runtime';
import { z } from 'zod';
import { aclSchema } from './acl.ts';
import { anonymousFacts, anonymousRules } from './anonymous.ts';
import { auditSchema } from './audit.ts';
import { classesSchema } from './classes.ts';
import { authSchema } from './auth.ts';
import { crossCheck } from './cross-check.ts';
import { devicesSchema } from './devices.ts';
import { flappingSchema } from './flapping.ts';
import { limitsSchema, uplinkSchema } from './limits.ts';
import { profileNames } from './profiles.ts';
import { accessSchema, mqttSchema, queueSchema, retainedSchema } from './messages.ts';
import { overloadSchema } from './overload.ts';
import { qualitySchema } from './quality.ts';
import { reloadSchema } from './reload.ts';
import { ratesSchema } from './rates.ts';
import { redisSchema } from './redis.ts';
import { resumeSchema } from './resume.ts';
import { defaultListeners, hostSchema, listenerSchema, portSchema, uniqueNames } from './listener.ts';
import { sourcesSchema } from './sources.ts';

const nodeSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .meta({ accepts: '1 to 64 letters, digits, dashes and underscores', defaultText: 'from the host name' })
    .default(() => nodeIdOf(hostname()))
    .describe('Names the node; must differ between running nodes and stay the same over restarts.'),
});

const opsSchema = z.strictObject({
  host: hostSchema
    .default('127.0.0.1')
    .describe('Address of `/healthz`, `/readyz`, `/metrics`. Not for the open internet.'),
  port: portSchema.default(9464).describe('TCP port; 0 takes a free one, named in the ready line.'),
});

const logSchema = z
  .strictObject({
    level: z
      .enum(logLevels)
      .default('info')
      .describe('Least severe level written. `info` has no line per message.'),
  })
  .meta({ live: true });

const sessionsSchema = z.strictObject({
  maxExpirySeconds: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(604_800)
    .describe(
      'Longest life of a session without a connection, s; longer wishes are cut to it. A week outlasts most outages.',
    )
    .meta({ live: 'new connections' }),
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
    profile: z
      .enum(profileNames)
      .optional()
      .describe('Begin with the defaults of a profile instead of those below; see Profiles.')
      .meta({ live: true }),
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
      .meta({ defaultText: 'mqtt on 127.0.0.1:1883, ws on 127.0.0.1:8083', live: true })
      .prefault(defaultListeners)
      .describe('Addresses where devices connect.'),
    ops: opsSchema.prefault({}),
    auth: authSchema.prefault({}).meta({ live: 'new connections' }),
    log: logSchema.prefault({}),
    audit: auditSchema.prefault({}),
    limits: limitsSchema.prefault({}),
    sessions: sessionsSchema.prefault({}),
    mqtt: mqttSchema.prefault({}),
    queues: queueSchema.prefault({}),
    retained: retainedSchema.prefault({}),
    access: accessSchema.prefault({}),
    acl: aclSchema.prefault({}),
    flapping: flappingSchema.prefault({}),
    uplink: uplinkSchema.prefault({}),
    overload: overloadSchema.prefault({}),
    presence: presenceSchema.prefault({}),
    quality: qualitySchema.prefault({}),
    devices: devicesSchema.prefault({}),
    sources: sourcesSchema.prefault({}),
    rates: ratesSchema.prefault({}),
    classes: classesSchema.prefault({}),
    resume: resumeSchema.prefault({}),
    reload: reloadSchema.prefault({}),
    shutdown: shutdownSchema.prefault({}),
  })
  .check(crossCheck(anonymousFacts, anonymousRules));

/** A node id made of a host name: its first label, with what an id may not hold turned into dashes. */
export function nodeIdOf(host: string): string {
  const label = host.split('.', 1)[0] ?? '';
  const id = label.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64);
  return id === '' ? 'gateway' : id;
}
