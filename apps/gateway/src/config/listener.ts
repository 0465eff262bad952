import { isIP } from 'node:net';
import { parseIpBlock } from '@tributary/protocol';
import { serviceClasses } from '@tributary/protocol';
import { z } from 'zod';
import { authenticatorName } from './auth-parts.ts';
import { crossCheck, entryFacts, type BrokenRule } from './cross-check.ts';
import { tlsSchema } from './tls.ts';

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

const proxySchema = z.strictObject({
  protocol: z
    .enum(['off', 'v1', 'v2', 'any'])
    .default('off')
    .describe(
      'Version of the PROXY protocol every connection must begin with, sent by a trusted proxy; others are refused. `any` takes both.',
    ),
  header: z
    .enum(['none', 'x-forwarded-for', 'forwarded'])
    .default('none')
    .describe(
      'Header of a WebSocket request that says where it comes from, believed of trusted proxies only (ws, wss): the rightmost address that is not theirs.',
    ),
  trusted: z
    .array(
      z
        .string()
        .refine(
          (block) => parseIpBlock(block) !== undefined,
          'must be an address or a block such as 10.0.0.0/8',
        )
        .meta({ accepts: 'an address or a block such as 10.0.0.0/8' }),
    )
    .max(100)
    .default([])
    .describe('Addresses and blocks of the proxies that are believed. Nobody, unless you say so.'),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe('From the accepted socket to a complete PROXY header, ms. A proxy sends it at once.'),
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

const proxyFacts = z.object({
  protocol: z.string(),
  proxy: z.object({ protocol: z.string(), header: z.string(), trusted: z.array(z.unknown()) }),
});

function proxyRules({ protocol, proxy }: z.output<typeof proxyFacts>): BrokenRule[] {
  const isWebSocket = protocol === 'ws' || protocol === 'wss';
  const isBelieved = proxy.protocol !== 'off' || proxy.header !== 'none';
  const broken: BrokenRule[] = [];
  if (!isWebSocket && proxy.header !== 'none') {
    const message = `is set, but protocol ${protocol} has no headers; only ws and wss do`;
    broken.push({ path: ['proxy', 'header'], message });
  }
  if (isBelieved && proxy.trusted.length === 0) {
    broken.push({ path: ['proxy', 'trusted'], message: 'must name the proxies that are believed' });
  }
  if (!isBelieved && proxy.trusted.length > 0) {
    const message = 'is set, but neither proxy.protocol nor proxy.header says what they are believed';
    broken.push({ path: ['proxy', 'trusted'], message });
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
        'A proxy or balancer ends the TCP connections of all devices: their quality is measured from end to end only. Connections a trusted proxy speaks for need no mention.',
      ),
    proxy: proxySchema
      .prefault({})
      .describe('What is believed of proxies about where connections come from.'),
    class: z
      .enum(serviceClasses)
      .optional()
      .describe(
        'Service class of its devices, where no rule and no identity says anything. Unset: `standard`.',
      ),
    allowedOrigins: z
      .array(originSchema)
      .max(100)
      .default([])
      .describe(
        'Browser origins that may connect (ws, wss). Empty: no browser, but for pages of the very address.',
      ),
    auth: z
      .array(authenticatorName)
      .min(1)
      .max(17)
      .optional()
      .describe(
        'The only authenticators of `auth.chain` asked here, by name, in the order of the chain; `anonymous` lets in who shows nothing. Unset: all.',
      )
      .meta({ live: true }),
    tls: tlsSchema.optional().describe('TLS of an mqtts or wss listener, which needs it.'),
  })
  .check(crossCheck(protocolFacts, protocolRules))
  .check(crossCheck(proxyFacts, proxyRules));

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
