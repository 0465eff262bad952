import type { Packet } from 'mqtt-packet';
import { bytesOf, connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { type DeviceFrame, deviceSaid } from './grammar/device-session.ts';
import { frame, Opcode, upgrade } from './grammar/websocket.ts';
import { toNotation } from './notation.ts';

/** Something the fuzzer found, mended since: what it did, and the fewest packets that showed it. */
export interface Found {
  /** The sentence that holds now. */
  readonly name: string;
  /** As a replay file; races show within some ten rounds of it. */
  readonly replay: string;
}

/** What stands behind `send:`, or `send odd:` where one subscribes, for packets of 3.1.1 that go together. */
const mqtt = (...packets: Packet[]): string =>
  `${toNotation(Buffer.concat(packets.map((packet) => bytesOf(packet, 4))))} ; ${packets[0]?.cmd}`;

/** The same for a frame of a plain device. */
const plain = (json: DeviceFrame): string =>
  `${toNotation(frame(deviceSaid(json).bytes, Opcode.TEXT))} ; ${json.type}`;

const upgraded = `${toNotation(upgrade('device'))} ; upgrade`;

/** Every fault that `npm run fuzz` found in the node. A new one leaves its reduced replay file here. */
export const found: readonly Found[] = [
  {
    name: 'a second CONNECT of an unknown version ends its connection with a code of DISCONNECT [MQTT-3.1.0-2]',
    replay: `
      case second CONNECT
      0 open tcp
      0 send: 10140004 "MQTT" 0502ffff05220000170100026631 ; CONNECT f1 clean
      0 greeted
      0 send: 1006000003230002 ; CONNECT of level 3
      0 await`,
  },
  {
    name: 'a topic that nobody may publish to is closed to plain devices and to wills too',
    replay: `
      case denied
      0 open device
      1 open tcp
      0 send: ${upgraded}
      0 send: ${plain({ type: 'hello', clientId: 'f2' })}
      0 greeted
      0 send: ${plain({ type: 'publish', topic: 'f/denied/a', payload: 'hi', retain: true })}
      1 send: ${mqtt(connectPacket('f1', 4, { will: { topic: 'f/denied/a', payload: 'hi', retain: true } }))}
      1 greeted
      0 await`,
  },
  {
    name: 'a device is read on when its window has room again, though nothing else happens on the node',
    replay: `
      case window
      0 open tcp
      0 send: ${mqtt(connectPacket('f0', 4))}
      0 greeted
      0 send: ${mqtt(...Array.from({ length: 8 }, (_, n) => publishPacket('f/a', 'hi', 1, n + 1, { retain: true })))}
      0 send: ${mqtt({ cmd: 'pingreq' })}
      0 ponged 1`,
  },
  {
    name: 'a message waits for an outbox that was only gathered, not blocked, no longer than until it is written',
    replay: `
      case gathered
      0 open tcp
      1 open tcp
      0 send: ${mqtt(connectPacket('f0', 4))}
      0 greeted
      1 send: ${mqtt(connectPacket('f1', 4))}
      1 greeted
      1 send held: 30a18c010002 "/f" 58*17949 ; PUBLISH
      1 send: 30a18c010002 "/f" 58*17949 ; PUBLISH
      0 send: ${mqtt(publishPacket('f/a', 'hi', 1, 4))}`,
  },
  {
    name: 'P5: a claim that a newer one superseded does not enter when the newer comes to nothing',
    replay: `
      case superseded
      0 open device
      1 open device
      0 send: ${upgraded}
      1 send: ${upgraded}
      0 send: ${plain({ type: 'hello', clientId: 'f2', expiry: 1 })}
      1 send held: ${plain({ type: 'hello', clientId: 'f2', cleanStart: false })}
      1 send: 811a4173c34b6307ba402451f9123106a15c2800ab126d51b75f311a ; a frame without a mask
      0 greeted
      0 send odd in 50: ${plain({ type: 'subscribe', id: 1, topics: [{ filter: 'steady/+' }] })}`,
  },
  {
    name: 'what waits behind retained messages goes to the session it was for, not to the one that took over',
    replay: `
      case behind retained
      0 open tcp
      1 open tcp
      2 open tcp
      0 send: ${mqtt(connectPacket('f1', 4))}
      0 greeted
      0 send: ${mqtt(...['f', 'f/a', 'f/b', 'f/a/b'].map((topic) => publishPacket(topic, 'hi', 0, undefined, { retain: true })))}
      1 send: ${mqtt(connectPacket('f0', 4))}
      1 greeted
      0 send: ${mqtt({ cmd: 'pingreq' })}
      0 ponged 1
      1 send odd: ${mqtt({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] }, publishPacket('f/b', 'hi', 1, 2))}
      2 send: ${mqtt(connectPacket('f0', 4, { clean: false }))}
      2 greeted
      2 send: ${mqtt({ cmd: 'pingreq' })}
      2 ponged 1`,
  },
];
