import { isIP } from 'node:net';
import { z } from 'zod';
import { crossCheck, entryFacts, type BrokenRule } from './config-cross-check.ts';

const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** An address to listen on: an IP address without brackets, or a host name. */
export const hostSchema = z
  .string()
  .refine((host) => isIP(host) !== 0 || hostName.test(host), 'must be an IP address or a host name')
  .meta({ accepts: 'an IP address or a host name' });

/** A TCP port; 0 takes a free one, which the ready line names. */
export const portSchema = z.int().min(0).max(65_535);

const originSchema = z
  .string()
  .refine(
    (origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin),
    'must be an origin such as https://app.example.com, or *',
  )
  .meta({ accepts: 'an origin such as https://app.example.com, or *' });

const tlsSchema = z.strictObject({
  certFile: z.string().min(1).describe('PEM file with the certificate and its chain.'),
  keyFile: z.string().min(1).describe('PEM file with the private key.'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the authorities that sign device certificates.'),
});

const protocolFacts = z.object({
  protocol: z.enum(['mqtt', 'mqtts', 'ws', 'wss']),
  tls: z.unknown().optional(),
  allowedOrigins: z.array(z.unknown()),
});

function protocolRules({ protocol, tls, allowedOrigins }: z.output<typeof protocolFacts>): BrokenRule[] {
  const isTls = protocol === 'mqtts' || protocol === 'wss';
  const isWebSocket = protocol === 'ws' || protocol === 'wss';
  const broken: BrokenRule[] = [];
  if (isTls && tls === undefined) {
    broken.push({ path: ['tls'], message: `is missing; protocol ${protocol} needs it` });
  }
  if (!isTls && tls !== undefined) {
    broken.push({
      path: ['tls'],
      message: `is set, but protocol ${protocol} does not encrypt; use ${protocol}s`,
    });
  }
  if (!isWebSocket && allowedOrigins.length > 0) {
    const message = `is set, but protocol ${protocol} knows no origins; only ws and wss do`;
    broken.push({ path: ['allowedOrigins'], message });
  }
  return broken;
}

/** One address where devices connect. */
export const listenerSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/)
      .meta({ accepts: '1 to 32 letters, digits, dashes and underscores' })
      .describe('Names the listener in logs, metrics and the ready line; unique on the node.'),
    protocol: z
      .enum(['mqtt', 'mqtts', 'ws', 'wss'])
      .describe('MQTT over TCP or TLS, or WebSocket (`/mqtt` and `/ws`) over TCP or TLS.'),
    host: hostSchema
      .default('127.0.0.1')
      .describe('Address to listen on. Loopback, because without an authenticator nothing else is safe.'),
    port: portSchema.describe('TCP port; 0 takes a free one, named in the ready line.'),
    maxConnections: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Connections at a time; more are refused. Unset: as many as the process may open.'),
    behindProxy: z
      .boolean()
      .default(false)
      .describe(
        'A proxy or balancer ends the TCP connections of devices: their quality is measured from end to end only.',
      ),
    allowedOrigins: z
      .array(originSchema)
      .max(100)
      .default([])
      .describe(
        'Browser origins that may connect (ws, wss). Empty: no browser, but for pages of the very address.',
      ),
    tls: tlsSchema.optional().describe('Certificate of an mqtts or wss listener, which needs it.'),
  })
  .check(crossCheck(protocolFacts, protocolRules));

/** Rules between all listeners of a node. */
export const uniqueNames = crossCheck(entryFacts({ name: z.string() }), (listeners) => {
  const names = listeners.map((listener) => listener?.name);
  return names.flatMap((name, index) => {
    const earlier = names.indexOf(name);
    if (name === undefined || earlier === index) return [];
    return { path: [index, 'name'], message: `must differ from listeners[${earlier}].name` };
  });
});

export const defaultListeners: z.input<typeof listenerSchema>[] = [
  { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 1883 },
  { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 8083 },
];
