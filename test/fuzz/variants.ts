import type { ConfigPart } from '../support/gateway.ts';

/** Small limits, so that cases reach them. */
const limits: ConfigPart = {
  resume: { plainLoopback: true },
  uplink: { streamMaxLength: 1000 },
  queues: { maxMessages: 200, maxBytes: 1024 * 1024 },
  retained: { maxMessages: 40, maxPayloadBytes: 4096 },
  access: { denySubscribe: ['f/denied/+'], denyPublish: ['f/denied/a'] },
  limits: {
    handshakeTimeoutMs: 1500,
    maxPacketBytes: 20_000,
    maxTopicBytes: 64,
    maxTopicLevels: 8,
    maxInflightUp: 8,
    maxInflightDown: 8,
    maxOutboxBytes: 65_536,
    maxSubscriptions: 8,
    maxAwaitingRelease: 8,
    maxTopicAliases: 4,
  },
};

/** The nodes that cases are played on: each seed has one of them. */
const variants = {
  'round-robin': limits,
  'least-inflight': {
    ...limits,
    mqtt: { sharedStrategy: 'least-inflight' },
    queues: { maxMessages: 40, maxBytes: 64 * 1024, policy: 'reject' },
  },
  'sticky': {
    ...limits,
    mqtt: { sharedStrategy: 'sticky' },
    access: {},
    acl: {
      rules: [
        { effect: 'allow', topics: ['f/${clientId}/#'] },
        { effect: 'deny', topics: ['f/denied/+', '+/+/+'] },
      ],
    },
  },
} as const satisfies Record<string, ConfigPart>;

export type Variant = keyof typeof variants;

const names = Object.keys(variants) as Variant[];

export const isVariant = (name: string): name is Variant => names.includes(name as Variant);

export const variantOf = (seed: number): Variant => names[seed % names.length]!;

export const configOf = (variant: Variant): ConfigPart => variants[variant];
