import type { IConnectPacket, IPublishPacket, UserProperties } from 'mqtt-packet';
import type { Random } from '../random.ts';
import { aTopic } from './names.ts';

const seconds = [0, 1, 2, 60, 0xffff_ffff] as const;

const userProperties = (random: Random): UserProperties => ({
  [random.pick(['k', '', 'unit'])]: random.pick(['v', '', 'ü'.repeat(20)]),
  ...random.maybe(30, 'many', () => ['1', '2', '3']),
});

/** What a message may carry, as PUBLISH and as will (MQTT 5 sections 3.3.2.3 and 3.1.3.2). */
const messageProperties = (random: Random) => ({
  ...random.maybe(20, 'payloadFormatIndicator', () => random.chance(50)),
  ...random.maybe(25, 'messageExpiryInterval', () => random.pick(seconds)),
  ...random.maybe(20, 'contentType', () => random.pick(['text/plain', '', 'ö'])),
  ...random.maybe(20, 'responseTopic', () => random.pick(['f/a', 'f/answer', aTopic(random) || 'f'])),
  ...random.maybe(20, 'correlationData', () => random.bytes(random.below(12))),
  ...random.maybe(20, 'userProperties', () => userProperties(random)),
});

export const publishProperties = (random: Random): NonNullable<IPublishPacket['properties']> =>
  messageProperties(random);

export const willProperties = (
  random: Random,
): NonNullable<NonNullable<IConnectPacket['will']>['properties']> => ({
  ...messageProperties(random),
  ...random.maybe(40, 'willDelayInterval', () => random.pick(seconds)),
});

/** MQTT 5 section 3.1.2.11. */
export const connectProperties = (random: Random): NonNullable<IConnectPacket['properties']> => ({
  ...random.maybe(60, 'sessionExpiryInterval', () => random.pick(seconds)),
  ...random.maybe(30, 'receiveMaximum', () => random.pick([1, 2, 10, 65_535])),
  ...random.maybe(15, 'maximumPacketSize', () => random.pick([1, 20, 40, 60, 200, 5000, 0xffff_ffff])),
  ...random.maybe(40, 'topicAliasMaximum', () => random.pick([0, 1, 2, 65_535])),
  ...random.maybe(20, 'requestResponseInformation', () => random.chance(50)),
  ...random.maybe(20, 'requestProblemInformation', () => random.chance(50)),
  ...random.maybe(20, 'userProperties', () => userProperties(random)),
  ...random.maybe(4, 'authenticationMethod', () => 'SCRAM-SHA-1'),
});
