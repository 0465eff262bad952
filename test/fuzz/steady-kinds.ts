import type { SteadyKind } from './steady.ts';

/** The bystanders: each protocol and way, QoS and kind of session; one of them hears everything. */
export const steadyKinds: readonly SteadyKind[] = [
  {
    name: 'five',
    way: 'tcp',
    version: 5,
    qos: 1,
    filters: ['steady/five'],
    connect: { clean: false, properties: { sessionExpiryInterval: 60, topicAliasMaximum: 2 } },
  },
  { name: 'three', way: 'ws', version: 4, qos: 2, filters: ['steady/three'], connect: { clean: false } },
  { name: 'everything', way: 'tcp', version: 5, qos: 2, filters: ['#'], connect: { clean: true } },
  { name: 'plain', way: 'device', version: 5, qos: 1, filters: ['steady/plain'], connect: {} },
];
