import { type ExpectedAck, malformed, type MalformedVector, valid, type ValidVector } from './vector.ts';

const ack = (type: ExpectedAck['type'], packetId: number, reasonCode = 0): ExpectedAck => ({
  type,
  packetId,
  reasonCode,
});

/** PUBACK, PUBREC, PUBREL, PUBCOMP (MQTT 5 sections 3.4 to 3.7). */
export const validAcks: ValidVector[] = [
  ...valid('both', 'PUBACK', '40 02 0001', ack('puback', 1)),
  ...valid('both', 'PUBREC', '50 02 0102', ack('pubrec', 258)),
  ...valid('both', 'PUBREL', '62 02 ffff', ack('pubrel', 65_535)),
  ...valid('both', 'PUBCOMP', '70 02 8000', ack('pubcomp', 32_768)),
  ...valid(5, 'PUBACK with a reason', '40 03 0001 10', ack('puback', 1, 0x10), true),
  ...valid(5, 'PUBREC with a reason', '50 03 0001 97', ack('pubrec', 1, 0x97), true),
  ...valid(5, 'PUBREL with a reason', '62 03 0001 92', ack('pubrel', 1, 0x92), true),
  ...valid(5, 'PUBCOMP with a reason', '70 03 0001 92', ack('pubcomp', 1, 0x92), true),
  ...valid(5, 'PUBACK with reason 0 spelled out', '40 03 0001 00', ack('puback', 1), true),
  ...valid(5, 'PUBACK with an empty property length', '40 04 0001 83 00', ack('puback', 1, 0x83), true),
  ...valid(5, 'PUBREC with a reason string', '50 09 0001 80 05 1f 0002 "no"', ack('pubrec', 1, 0x80), true),
  ...valid(
    5,
    'PUBREL with user properties',
    '62 12 0001 00 0e 26 0001 "a" 0001 "b" 26 0001 "a" 0001 "c"',
    ack('pubrel', 1),
    true,
  ),
];

export const malformedAcks: MalformedVector[] = [
  ...malformed('both', 'PUBACK with reserved flag bits [MQTT-2.1.3-1]', '41 02 0001', 'malformed', 1),
  ...malformed('both', 'PUBREC with reserved flag bits [MQTT-2.1.3-1]', '52 02 0001', 'malformed', 1),
  ...malformed('both', 'PUBREL without its flag bits [MQTT-3.6.1-1]', '60 02 0001', 'malformed', 1),
  ...malformed('both', 'PUBCOMP with reserved flag bits [MQTT-2.1.3-1]', '72 02 0001', 'malformed', 1),
  ...malformed('both', 'PUBACK without a packet id', '40 00', 'malformed'),
  ...malformed('both', 'PUBACK with half a packet id', '40 01 00', 'malformed'),
  ...malformed('both', 'PUBACK with packet id 0', '40 02 0000', 'protocol-error'),
  ...malformed('both', 'PUBREL with packet id 0', '62 02 0000', 'protocol-error'),
  ...malformed(4, 'a 3.1.1 PUBACK with a reason', '40 03 0001 00', 'malformed'),
  ...malformed(4, 'a 3.1.1 PUBREL with trailing bytes', '62 04 0001 0000', 'malformed'),
  ...malformed(5, 'PUBACK with a reason of CONNACK', '40 03 0001 84', 'protocol-error'),
  ...malformed(5, 'PUBREL with a reason of PUBACK', '62 03 0001 10', 'protocol-error'),
  ...malformed(5, 'PUBACK whose properties run past it', '40 05 0001 00 05 1f', 'malformed'),
  ...malformed(5, 'PUBACK with trailing bytes', '40 05 0001 00 00 ff', 'malformed'),
  ...malformed(5, 'PUBACK with an unknown property', '40 06 0001 00 02 7f00', 'malformed'),
  ...malformed(5, 'PUBACK with a property of PUBLISH', '40 06 0001 00 02 0101', 'malformed'),
  ...malformed(5, 'PUBACK with two reason strings', '40 0a 0001 00 06 1f 0000 1f 0000', 'protocol-error'),
  ...malformed(5, 'PUBREC with a server reference', '50 08 0001 80 04 1c 0001 "x"', 'malformed'),
  ...malformed(5, 'PUBACK with a reason string that is no UTF-8', '40 08 0001 80 04 1f 0001 ff', 'malformed'),
  ...malformed(5, 'PUBCOMP with a reason of PUBREC', '70 03 0001 97', 'protocol-error'),
  ...malformed(5, 'PUBREC with packet id 0', '50 03 0000 80', 'protocol-error'),
  ...malformed(
    5,
    'PUBACK with a property length of more bytes than it needs [MQTT-1.5.5-1]',
    '40 05 0001 00 8000',
    'malformed',
  ),
  ...malformed(
    5,
    'PUBACK with more user properties than a packet may have',
    '40 9227 0001 00 8d27 2600000000*1001',
    'quota-exceeded',
  ),
];
