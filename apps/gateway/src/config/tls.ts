import { tlsVersions } from '@tributary/runtime';
import { z } from 'zod';
import { crossCheck, type BrokenRule } from './cross-check.ts';

const fileSchema = z.string().min(1);

const crlSchema = z.strictObject({
  files: z
    .array(fileSchema)
    .max(20)
    .default([])
    .describe(
      'Revocation lists, PEM or DER, each signed by an authority of `caFile`. Read again when they change.',
    ),
  urls: z
    .array(
      z
        .url({ protocol: /^https?$/ })
        .refine((url) => !url.includes('@'), 'must not hold a user name or password')
        .meta({ accepts: 'an http:// or https:// URL', secret: true }),
    )
    .max(20)
    .default([])
    .describe(
      'The same from the web: at most 16 MiB, redirects are not followed. `http` will do, lists are signed.',
    ),
  refreshMs: z
    .int()
    .min(1000)
    .max(604_800_000)
    .default(3_600_000)
    .describe(
      'Longest time between two looks at the URLs, ms. Most authorities publish once a day or when they revoke.',
    ),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(5000)
    .describe(
      'Longest wait for the whole of a list from a URL, ms; the start of the node waits for it, too.',
    ),
  stale: z
    .enum(['soft', 'hard'])
    .default('soft')
    .describe(
      'Without a list in force for the issuer of a certificate: `soft` lets it in, `hard` refuses it. Soft, because an ' +
        'outage of whoever publishes lists would be one of the whole fleet.',
    ),
});

const ocspSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.includes('@'), 'must not hold a user name or password')
    .meta({ accepts: 'an http:// or https:// URL', secret: true })
    .describe('The responder that is asked about device certificates. `http` will do, answers are signed.'),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe('Longest wait for an answer, ms; a device that connects waits as long.'),
  refreshMs: z
    .int()
    .min(1000)
    .max(604_800_000)
    .default(300_000)
    .describe(
      'Longest time an answer is believed, ms: a revoked device is let go within this and a quarter more.',
    ),
  stale: z
    .enum(['soft', 'hard'])
    .default('soft')
    .describe('Without an answer: `soft` lets the device in, `hard` refuses it.'),
});

const tlsFacts = z.object({
  caFile: z.unknown().optional(),
  clientCertificate: z.unknown().optional(),
  crl: z.object({ files: z.array(z.unknown()), urls: z.array(z.unknown()) }).optional(),
  ocsp: z.unknown().optional(),
});

function tlsRules({ caFile, clientCertificate, crl, ocsp }: z.output<typeof tlsFacts>): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const isAsked = clientCertificate === 'request' || clientCertificate === 'require';
  if (isAsked && caFile === undefined) {
    broken.push({ path: ['caFile'], message: 'is missing; it names whose client certificates are taken' });
  }
  if (clientCertificate === 'none' && caFile !== undefined) {
    broken.push({ path: ['caFile'], message: 'is set, but clientCertificate: none asks for no certificate' });
  }
  if (crl !== undefined && caFile === undefined) {
    broken.push({ path: ['crl'], message: 'is set, but without caFile no client shows a certificate' });
  }
  if (ocsp !== undefined && caFile === undefined) {
    broken.push({ path: ['ocsp'], message: 'is set, but without caFile no client shows a certificate' });
  }
  if (crl !== undefined && crl.files.length + crl.urls.length === 0) {
    broken.push({ path: ['crl'], message: 'must name at least one of files and urls' });
  }
  return broken;
}

/** TLS of one listener. Its files are watched, and new ones are in force for new connections within two seconds. */
export const tlsSchema = z
  .strictObject({
    certFile: fileSchema.describe('PEM file with the certificate and its chain.'),
    keyFile: fileSchema.describe('PEM file with the private key, without a passphrase.'),
    minVersion: z
      .enum(tlsVersions)
      .default('TLSv1.3')
      .describe(
        'Lowest version spoken. `TLSv1.2` for devices that know no newer one; only its safe ciphers are on.',
      ),
    caFile: fileSchema
      .optional()
      .describe('PEM file with the authorities that sign device certificates, those between included.'),
    clientCertificate: z
      .enum(['none', 'request', 'require'])
      .optional()
      .meta({ defaultText: '`require` with `caFile`, else `none`' })
      .describe(
        'Whether devices are asked for a certificate. `request` lets in those without one; one that is shown must be good.',
      ),
    crl: crlSchema.optional().describe('Which device certificates were revoked.'),
    ocsp: ocspSchema
      .optional()
      .describe('Asks a responder as well, when devices come and while they are connected.'),
    ticketKeyFile: fileSchema
      .optional()
      .describe(
        'File of 32 random bytes or more, the same on all nodes: a device comes back to any of them with the session ticket of ' +
          'another. Whoever reads it can come in as any device by certificate. Unset: each node has keys of its own.',
      ),
    ticketLifetimeSeconds: z
      .int()
      .min(60)
      .max(604_800)
      .default(43_200)
      .describe(
        'How long a device may come back with a session ticket, without a full handshake, s; keys change as often. Half a ' +
          'day makes a reconnect storm cheap and a stolen key short-lived; TLS 1.3 allows a week.',
      ),
  })
  .check(crossCheck(tlsFacts, tlsRules));
