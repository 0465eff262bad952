/** One default that a profile sets, and why. */
export interface ProfileDefault {
  /** Dotted path of the key. */
  readonly key: string;
  readonly value: number | string | boolean;
  readonly why: string;
}

export const profileNames = ['telemetry', 'command-control', 'lossless'] as const;
export type ProfileName = (typeof profileNames)[number];

/**
 * Sets of defaults for common fleets. They lie under the file and the environment: whatever those say wins. `docs/configuration.md`
 * has the table made from this.
 */
export const profileDefaults: Readonly<Record<ProfileName, readonly ProfileDefault[]>> = {
  'telemetry': [
    { key: 'limits.maxPacketBytes', value: 65_536, why: 'Readings are small; a large packet is a mistake.' },
    {
      key: 'limits.maxSubscriptions',
      value: 10,
      why: 'A device that reports listens to its own commands, not to others.',
    },
    { key: 'limits.maxInflightDown', value: 16, why: 'Little goes down, so little needs to be kept for it.' },
    {
      key: 'sessions.maxExpirySeconds',
      value: 86_400,
      why: 'A session has hardly anything in it; those of devices that are gone should go soon.',
    },
    { key: 'queues.maxMessages', value: 100, why: 'What waits for a device is a few commands.' },
    {
      key: 'queues.maxBytes',
      value: 262_144,
      why: 'The same in bytes: ten thousand full queues are 2.5 GB instead of 40.',
    },
    { key: 'queues.maxAgeSeconds', value: 86_400, why: 'As long as the session.' },
    {
      key: 'presence.recordIntervalMs',
      value: 300_000,
      why: 'Many devices: a write every five minutes for each is a fifth of the load.',
    },
  ],
  'command-control': [
    {
      key: 'limits.maxKeepAliveSeconds',
      value: 60,
      why: 'A dead link is noticed within 90 s, not within 90 minutes.',
    },
    {
      key: 'limits.keepAliveRequired',
      value: true,
      why: 'A link nobody watches would take commands for hours and deliver none.',
    },
    {
      key: 'limits.slowConsumerMs',
      value: 2000,
      why: 'A device that takes nothing is better off on a new connection.',
    },
    {
      key: 'queues.maxAgeSeconds',
      value: 3600,
      why: 'A command that is an hour old is more likely harmful than wanted.',
    },
    {
      key: 'queues.policy',
      value: 'reject',
      why: 'Who sends a command must be told that it will not arrive; dropping an older one in silence is worse.',
    },
    { key: 'presence.recordIntervalMs', value: 30_000, why: 'Operators act on these records.' },
  ],
  'lossless': [
    {
      key: 'limits.slowConsumerMs',
      value: 30_000,
      why: 'A slow device is given time before its connection is ended.',
    },
    {
      key: 'limits.maxAwaitingRelease',
      value: 1024,
      why: 'More QoS 2 messages on their way, for devices that come back after long pauses.',
    },
    { key: 'sessions.maxExpirySeconds', value: 2_592_000, why: 'A session outlasts a month of absence.' },
    { key: 'queues.maxMessages', value: 60_000, why: 'The most there are packet ids for.' },
    { key: 'queues.maxBytes', value: 67_108_864, why: 'Room for them: 1 KB each. Size Redis for the fleet.' },
    { key: 'queues.maxAgeSeconds', value: 2_592_000, why: 'As long as the session.' },
    {
      key: 'queues.policy',
      value: 'reject',
      why: 'A publisher that is told can send again; a message that is dropped is gone.',
    },
    {
      key: 'uplink.streamMaxLength',
      value: 100_000_000,
      why: 'A backend may be away for long before the oldest entries leave unread.',
    },
  ],
};

/** The profiles as trees of a configuration. */
export const profiles: Readonly<Record<ProfileName, object>> = {
  'telemetry': treeOf(profileDefaults.telemetry),
  'command-control': treeOf(profileDefaults['command-control']),
  'lossless': treeOf(profileDefaults.lossless),
};

function treeOf(defaults: readonly ProfileDefault[]): object {
  const tree: Record<string, Record<string, unknown>> = {};
  for (const { key, value } of defaults) {
    const [section, name] = key.split('.') as [string, string];
    (tree[section] ??= {})[name] = value;
  }
  return tree;
}
