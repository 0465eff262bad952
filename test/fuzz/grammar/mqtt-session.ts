import { malformedVectors, validVectors } from '@tributary/protocol/vectors';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import { bytesOf, connectPacket, publishPacket, type Version } from '../../support/raw-mqtt.ts';
import type { Random } from '../random.ts';
import { aClientId, aFilter, aPacketId, aPayload, aTopic } from './names.ts';
import { connectProperties, publishProperties, willProperties } from './mqtt-properties.ts';

/** Bytes of one packet, and what they say. */
export interface Said {
  readonly bytes: Buffer;
  readonly says: string;
  /** What must be answered, unless the connection is closed. */
  readonly awaits?: 'greeted' | 'ponged';
  /** Nothing is sure behind it: it may be no packet, or swallow what follows. */
  readonly isOdd?: boolean;
}

const qosOf = (random: Random): 0 | 1 | 2 => random.pick([0, 1, 1, 2]);

function connect(random: Random, version: Version, clientId = aClientId(random)): Said {
  const will = {
    topic: random.pick(['f/will', aTopic(random) || 'f']),
    payload: aPayload(random).subarray(0, 3000),
    qos: qosOf(random),
    retain: random.chance(30),
    ...(version === 5 ? { properties: willProperties(random) } : {}),
  };
  const more: Partial<IConnectPacket> = {
    clean: clientId === '' || random.chance(40),
    keepalive: random.pick([0, 1, 60, 60, 65_535]),
    ...random.maybe(40, 'will', () => will),
    ...(random.chance(15) ? { username: 'somebody', password: random.bytes(random.below(20)) } : {}),
    ...(version === 5 && random.chance(80) ? { properties: connectProperties(random) } : {}),
  };
  if (version === 5 && random.chance(3)) return comeBack(random, clientId, more);
  const says = `CONNECT ${clientId}${more.clean === true ? ' clean' : ''}${more.will ? ' will' : ''}`;
  return { bytes: bytesOf(connectPacket(clientId, version, more), version), says, awaits: 'greeted' };
}

/** A CONNECT that is answered by a challenge, which nobody here can answer. */
function comeBack(random: Random, clientId: string, more: Partial<IConnectPacket>): Said {
  const epoch = random.pick([0, 1, 0xff]);
  const properties = {
    ...more.properties,
    authenticationMethod: random.pick(methods),
    authenticationData: random.chance(80) ? Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, epoch) : random.bytes(9),
  };
  const bytes = bytesOf(connectPacket(clientId, 5, { ...more, properties }), 5);
  return { bytes, says: `CONNECT ${clientId} by a key` };
}

function publish(random: Random, version: Version): Said {
  const qos = qosOf(random);
  const messageId = qos === 0 ? undefined : aPacketId(random);
  const topicAlias = version === 5 && random.chance(20) ? random.pick([1, 1, 2, 4, 5, 65_535]) : undefined;
  const topic = topicAlias !== undefined && random.chance(50) ? '' : aTopic(random);
  const alias = topicAlias === undefined ? {} : { topicAlias };
  const properties = { ...(random.chance(40) ? publishProperties(random) : {}), ...alias };
  const packet = publishPacket(topic, aPayload(random), qos, messageId, {
    dup: qos > 0 && random.chance(15),
    retain: random.chance(25),
    ...(version === 5 ? { properties } : {}),
  });
  return said(packet, version, `PUBLISH ${JSON.stringify(topic)} qos ${qos} id ${messageId ?? '-'}`);
}

function subscribe(random: Random, version: Version): Said {
  const subscriptions = Array.from({ length: random.between(1, 3) }, () => ({
    topic: aFilter(random),
    qos: random.pick([0, 1, 2] as const),
    ...(version === 5
      ? { nl: random.chance(25), rap: random.chance(30), rh: random.pick([0, 0, 1, 2]) as 0 | 1 | 2 }
      : {}),
  }));
  const identifier = version === 5 && random.chance(30) ? random.pick([1, 2, 200, 268_435_455]) : undefined;
  const packet: Packet = {
    cmd: 'subscribe',
    messageId: aPacketId(random),
    subscriptions,
    ...(identifier === undefined ? {} : { properties: { subscriptionIdentifier: identifier } }),
  };
  return said(packet, version, `SUBSCRIBE ${JSON.stringify(subscriptions.map(({ topic }) => topic))}`);
}

function unsubscribe(random: Random, version: Version): Said {
  const unsubscriptions = Array.from({ length: random.between(1, 3) }, () => aFilter(random));
  const packet: Packet = { cmd: 'unsubscribe', messageId: aPacketId(random), unsubscriptions };
  return said(packet, version, `UNSUBSCRIBE ${JSON.stringify(unsubscriptions)}`);
}

/** An answer to what the server may have sent, or the second half of what this side may have. */
function acknowledge(random: Random, version: Version): Said {
  const cmd = random.pick(['puback', 'pubrec', 'pubrel', 'pubrel', 'pubcomp'] as const);
  const messageId = aPacketId(random);
  const refusals = cmd === 'puback' || cmd === 'pubrec' ? [0x10, 0x80, 0x83, 0x97] : [0x92];
  const reasonCode = version === 5 && random.chance(20) ? random.pick(refusals) : 0;
  return said({ cmd, messageId, reasonCode }, version, `${cmd.toUpperCase()} ${messageId}`);
}

/** A method there is, over the loopback, and one there is not. */
const methods = ['TRIBUTARY-RESUME-X25519', 'SCRAM-SHA-1'] as const;

function auth(random: Random, version: Version): Said {
  const properties = {
    authenticationMethod: random.pick(methods),
    authenticationData: random.bytes(random.pick([4, 32])),
  };
  return version === 5
    ? said({ cmd: 'auth', reasonCode: random.pick([0x18, 0x19]), properties }, 5, 'AUTH')
    : { bytes: Buffer.from([0xf0, 0]), says: 'AUTH' };
}

function disconnect(random: Random, version: Version): Said {
  const reasonCode = random.pick([0, 0, 4, 0x80]);
  const expiry = random.maybe(40, 'sessionExpiryInterval', () => random.pick([0, 1, 60]));
  const packet: Packet =
    version === 5 ? { cmd: 'disconnect', reasonCode, properties: expiry } : { cmd: 'disconnect' };
  return said(packet, version, `DISCONNECT ${reasonCode}`);
}

/** A row of the table of wire examples, valid or malformed, of this version or the other. */
function vector(random: Random, version: Version): Said {
  const rows = random.chance(65) ? validVectors : malformedVectors;
  const row = random.pick(random.chance(90) ? rows.filter((each) => each.version === version) : rows);
  return { bytes: row.bytes, says: row.name, isOdd: true };
}

const pingreq: Said = { bytes: Buffer.from([0xc0, 0]), says: 'PINGREQ', awaits: 'ponged' };

const said = (packet: Packet, version: Version, says: string): Said => ({
  bytes: bytesOf(packet, version),
  says,
});

type Production = (random: Random, version: Version) => Said;
const productions: readonly (readonly [number, Production])[] = [
  [38, publish],
  [18, subscribe],
  [16, acknowledge],
  [5, unsubscribe],
  [6, vector],
  [3, () => pingreq],
  [1, auth],
  [1, connect],
  [2, disconnect],
];

/** What an MQTT client, of this id or any, may say on one connection: CONNECT, some packets, perhaps a goodbye. */
export function mqttSession(random: Random, version: Version, clientId?: string): Said[] {
  const packets = [random.chance(94) ? connect(random, version, clientId) : vector(random, version)];
  const count = random.weighted([
    [70, random.between(1, 8)],
    [25, random.between(8, 20)],
    [5, 0],
  ]);
  for (let n = 0; n < count; n++) packets.push(random.weighted(productions)(random, version));
  packets.push(random.chance(30) ? disconnect(random, version) : pingreq);
  return packets;
}
