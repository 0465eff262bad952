import { z } from 'zod';
import { auditKinds } from './audit-words.ts';
import { crossCheck, type BrokenRule } from './cross-check.ts';
import { hostSchema } from './listener.ts';

const kib = 1024;
const mib = 1024 * kib;

const bufferSchema = z
  .int()
  .min(64 * kib)
  .max(1024 * mib)
  .default(4 * mib);

const fileSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'Appended to, made with mode 0640; no link. Begun anew when logrotate has moved it, or on SIGHUP.',
      ),
    fsync: z
      .enum(['always', 'everysec', 'no'])
      .default('everysec')
      .describe(
        'When lines are forced to the disk: after each write, once a second, or when the system likes. A second is what a power failure may take.',
      ),
    maxBufferBytes: bufferSchema.describe(
      'Lines that wait for a slow or full disk, bytes; more are dropped and counted. Some 15,000 lines.',
    ),
  })
  .describe('A file of lines of JSON.');

const syslogTlsSchema = z.strictObject({
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authorities that may vouch for the collector. Unset: those Node knows.'),
  certFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the certificate this node shows to the collector.'),
  keyFile: z.string().min(1).optional().describe('PEM file of its private key.'),
});

const syslogFacts = z.object({
  protocol: z.enum(['udp', 'tcp', 'tls']),
  tls: z.looseObject({ certFile: z.unknown().optional(), keyFile: z.unknown().optional() }).optional(),
});

function syslogRules({ protocol, tls }: z.output<typeof syslogFacts>): BrokenRule[] {
  if (tls === undefined) return [];
  if (protocol !== 'tls') return [{ path: ['tls'], message: `is set, but protocol is ${protocol}` }];
  if ((tls.certFile === undefined) === (tls.keyFile === undefined)) return [];
  return [{ path: ['tls'], message: 'must name both certFile and keyFile, or neither' }];
}

const syslogSchema = z
  .strictObject({
    protocol: z
      .enum(['udp', 'tcp', 'tls'])
      .default('tls')
      .describe(
        'How: datagrams (RFC 5426), TCP with octet counting (RFC 6587), TLS (RFC 5425). TLS, because the lines name people and places.',
      ),
    host: hostSchema.describe('The collector: an address or a name.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(6514)
      .describe('Its port. 6514 is that of TLS; UDP and TCP usually have 514.'),
    tls: syslogTlsSchema.optional().describe('Who is trusted, and what is shown.'),
    facility: z
      .enum([
        ...['user', 'daemon', 'auth', 'authpriv', 'audit'],
        ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
      ] as const)
      .default('authpriv')
      .describe(
        'Facility of the messages. That of logins, which collectors keep from ordinary readers already.',
      ),
    appName: z
      .string()
      .regex(/^[\u0021-\u007e]{1,48}$/)
      .meta({ accepts: '1 to 48 printable ASCII characters without spaces' })
      .default('tributary')
      .describe('APP-NAME of the messages.'),
    enterpriseNumber: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .default(32_473)
      .describe(
        'Private enterprise number in the name of the structured data, `tributary@NUMBER`. 32473 is that of examples (RFC 5612).',
      ),
    maxBufferBytes: bufferSchema.describe(
      'Messages that wait for a slow or absent collector, bytes; more are dropped and counted. Some 10,000.',
    ),
  })
  .check(crossCheck(syslogFacts, syslogRules))
  .describe('A collector that speaks syslog (RFC 5424).');

/** Where connection and security events are told, and which. */
export const auditSchema = z
  .strictObject({
    stdout: z
      .boolean()
      .default(false)
      .describe(
        'Lines of JSON between those of the log, told apart by their first field, `audit`. Off: the log names connections already.',
      ),
    file: fileSchema.optional(),
    syslog: syslogSchema.optional(),
    kinds: z
      .array(z.enum(auditKinds))
      .max(auditKinds.length)
      .default([...auditKinds])
      .meta({ defaultText: 'all' })
      .describe('What is told. Without `connected` and `disconnected` a large fleet writes little.'),
    coalesceMs: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(10_000)
      .describe(
        'Refusals of one kind, reason and source within this time share a line with their count, ms; 0: each has its own, and an attacker may fill the disk.',
      ),
  })
  .meta({ live: true });
