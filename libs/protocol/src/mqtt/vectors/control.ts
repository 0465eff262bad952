import { type ExpectedControl, malformed, type MalformedVector, valid, type ValidVector } from './vector.ts';

const subscribe = (fields: Record<string, unknown>): ExpectedControl => ({ type: 'subscribe', fields });
const unsubscribe = (fields: Record<string, unknown>): ExpectedControl => ({ type: 'unsubscribe', fields });
const disconnect = (fields: Record<string, unknown>): ExpectedControl => ({ type: 'disconnect', fields });

/** SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT, AUTH (MQTT 5 sections 3.8, 3.10, 3.12, 3.14, 3.15). */
export const validControl: ValidVector[] = [
  ...valid(
    4,
    'SUBSCRIBE',
    '82 08 000a 0003 "a/#" 01',
    subscribe({ messageId: 10, subscriptions: [{ topic: 'a/#', qos: 1 }] }),
  ),
  ...valid(
    4,
    'SUBSCRIBE to several',
    '82 0e 0001 0001 "a" 00 0001 "+" 02 0001 "#" 01',
    subscribe({
      subscriptions: [
        { topic: 'a', qos: 0 },
        { topic: '+', qos: 2 },
        { topic: '#', qos: 1 },
      ],
    }),
  ),
  ...valid(
    5,
    'SUBSCRIBE with options',
    '82 07 0001 00 0001 "a" 2e',
    subscribe({ messageId: 1, subscriptions: [{ topic: 'a', qos: 2, nl: true, rap: true, rh: 2 }] }),
  ),
  ...valid(
    5,
    'SUBSCRIBE with an identifier of two bytes',
    '82 0a 0001 03 0b8001 0001 "a" 00',
    subscribe({ properties: { subscriptionIdentifier: 128 }, subscriptions: [{ topic: 'a', qos: 0 }] }),
  ),
  ...valid(
    5,
    'SUBSCRIBE with a user property',
    '82 0e 0001 07 26 0001 "k" 0001 "v" 0001 "a" 00',
    subscribe({ subscriptions: [{ topic: 'a', qos: 0 }] }),
  ),
  ...valid(
    4,
    'UNSUBSCRIBE',
    'a2 08 0001 0001 "a" 0001 "b"',
    unsubscribe({ messageId: 1, unsubscriptions: ['a', 'b'] }),
  ),
  ...valid(
    5,
    'UNSUBSCRIBE of MQTT 5',
    'a2 06 0001 00 0001 "a"',
    unsubscribe({ messageId: 1, unsubscriptions: ['a'] }),
  ),
  ...valid('both', 'PINGREQ', 'c0 00', { type: 'pingreq', fields: {} }),
  ...valid(4, 'DISCONNECT', 'e0 00', disconnect({})),
  ...valid(5, 'DISCONNECT without a reason', 'e0 00', disconnect({ reasonCode: 0 }), true),
  ...valid(5, 'DISCONNECT with a reason alone', 'e0 01 04', disconnect({ reasonCode: 4 }), true),
  ...valid(5, 'DISCONNECT with a reason and no properties', 'e0 02 04 00', disconnect({ reasonCode: 4 })),
  ...valid(
    5,
    'DISCONNECT with a session expiry',
    'e0 07 00 05 110000003c',
    disconnect({ reasonCode: 0, properties: { sessionExpiryInterval: 60 } }),
  ),
  ...valid(
    5,
    'DISCONNECT with a reason string',
    'e0 07 80 05 1f 0002 "no"',
    disconnect({ reasonCode: 0x80, properties: { reasonString: 'no' } }),
  ),
  ...valid(5, 'AUTH', 'f0 06 18 04 15 0001 "m"', {
    type: 'auth',
    fields: { reasonCode: 0x18, properties: { authenticationMethod: 'm' } },
  }),
];

export const malformedControl: MalformedVector[] = [
  // the fixed header
  ...malformed('both', 'packet type 0', '00 00', 'malformed', 1),
  ...malformed(4, 'packet type 15 on 3.1.1', 'f0 00', 'malformed', 1),
  ...malformed('both', 'a Remaining Length of five bytes [MQTT-1.5.5-1]', '30 ffffffff01', 'malformed', 5),
  ...malformed('both', 'a Remaining Length that never ends', 'c0 ffffffffffff', 'malformed', 5),
  ...malformed('both', 'a packet above the limit, at its header', '30 80a001', 'too-large', 4),
  ...malformed('both', 'the largest Remaining Length, at its header', '10 ffffff7f', 'too-large', 5),
  ...malformed('both', 'CONNACK from a client', '20 03 000000', 'protocol-error'),
  ...malformed('both', 'SUBACK from a client', '90 04 0001 0000', 'protocol-error'),
  ...malformed('both', 'UNSUBACK from a client', 'b0 04 0001 0000', 'protocol-error'),
  ...malformed('both', 'PINGRESP from a client', 'd0 00', 'protocol-error'),

  ...malformed(
    'both',
    'SUBSCRIBE without its flag bits [MQTT-3.8.1-1]',
    '80 06 0001 0001 "a" 00',
    'malformed',
    1,
  ),
  ...malformed('both', 'SUBSCRIBE without a body', '82 00', 'malformed'),
  ...malformed(4, 'SUBSCRIBE without a filter [MQTT-3.8.3-2]', '82 02 0001', 'protocol-error'),
  ...malformed(5, 'SUBSCRIBE of MQTT 5 without a filter [MQTT-3.8.3-2]', '82 03 0001 00', 'protocol-error'),
  ...malformed(4, 'SUBSCRIBE with packet id 0 [MQTT-2.2.1-3]', '82 06 0000 0001 "a" 00', 'protocol-error'),
  ...malformed(4, 'SUBSCRIBE without options', '82 05 0001 0001 "a"', 'malformed'),
  ...malformed(4, 'SUBSCRIBE whose filter runs past it', '82 06 0001 00ff "a" 00', 'malformed'),
  ...malformed(4, 'SUBSCRIBE at QoS 3 [MQTT-3.8.3-4]', '82 06 0001 0001 "a" 03', 'malformed'),
  ...malformed(4, 'SUBSCRIBE of 3.1.1 with reserved bits', '82 06 0001 0001 "a" 04', 'malformed'),
  ...malformed(5, 'SUBSCRIBE with reserved bits [MQTT-3.8.3-5]', '82 07 0001 00 0001 "a" 40', 'malformed'),
  ...malformed(5, 'SUBSCRIBE with retain handling 3', '82 07 0001 00 0001 "a" 30', 'malformed'),
  ...malformed(4, 'SUBSCRIBE with U+0000 in a filter', '82 08 0001 0003 610062 00', 'malformed'),
  ...malformed(4, 'SUBSCRIBE with a filter that is no UTF-8', '82 07 0001 0002 c328 00', 'malformed'),
  ...malformed(5, 'SUBSCRIBE with identifier 0', '82 09 0001 02 0b00 0001 "a" 00', 'protocol-error'),
  ...malformed(5, 'SUBSCRIBE with two identifiers', '82 0b 0001 04 0b01 0b02 0001 "a" 00', 'protocol-error'),
  ...malformed(5, 'SUBSCRIBE with an unknown property', '82 09 0001 02 7f00 0001 "a" 00', 'malformed'),
  ...malformed(5, 'SUBSCRIBE with a property of PUBLISH', '82 0a 0001 03 230001 0001 "a" 00', 'malformed'),

  ...malformed(
    'both',
    'UNSUBSCRIBE without its flag bits [MQTT-3.10.1-1]',
    'a0 05 0001 0001 "a"',
    'malformed',
    1,
  ),
  ...malformed(4, 'UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', 'a2 02 0001', 'protocol-error'),
  ...malformed(4, 'UNSUBSCRIBE with packet id 0 [MQTT-2.2.1-3]', 'a2 05 0000 0001 "a"', 'protocol-error'),
  ...malformed(4, 'UNSUBSCRIBE whose filter runs past it', 'a2 05 0001 00ff "a"', 'malformed'),
  ...malformed(4, 'UNSUBSCRIBE with a filter that is no UTF-8', 'a2 06 0001 0002 c328', 'malformed'),

  ...malformed('both', 'PINGREQ with reserved flag bits [MQTT-2.1.3-1]', 'c1 00', 'malformed', 1),
  ...malformed('both', 'PINGREQ with a body', 'c0 01 00', 'malformed'),

  ...malformed('both', 'DISCONNECT with reserved flag bits [MQTT-3.14.1-1]', 'e2 00', 'malformed', 1),
  ...malformed(4, 'DISCONNECT of 3.1.1 with a body', 'e0 01 00', 'malformed'),
  ...malformed(5, 'DISCONNECT with a reason of SUBACK', 'e0 01 01', 'malformed'),
  ...malformed(5, 'DISCONNECT with trailing bytes', 'e0 03 00 00 ff', 'malformed'),
  ...malformed(5, 'DISCONNECT whose properties run past it', 'e0 03 00 05 11', 'malformed'),
  ...malformed(
    5,
    'DISCONNECT with a session expiry twice',
    'e0 0c 00 0a 1100000001 1100000001',
    'protocol-error',
  ),
  ...malformed(5, 'DISCONNECT with a property of PUBLISH', 'e0 05 00 03 230001', 'malformed'),
  ...malformed(5, 'DISCONNECT with an unknown property', 'e0 04 00 02 7f00', 'malformed'),

  ...malformed(5, 'AUTH with an unknown reason', 'f0 02 01 00', 'malformed'),
  ...malformed(5, 'AUTH with a property of PUBLISH', 'f0 05 18 03 230001', 'malformed'),
];
