import { connectPacket } from '../wire/mqtt.ts';
import type { Attack, Attacker } from './attack.ts';
import { attackerAddress, type AttackSockets, manyAddresses, paced } from './sockets.ts';

const upgradeHead = Buffer.from('GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nX-Slow: ');
/** The beginning of a TLS record that says a ClientHello of 512 bytes follows. */
const helloHead = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

const hello = (clientId: string, user?: string, password?: string): Buffer =>
  connectPacket({
    version: 4,
    clientId,
    keepAliveSeconds: 60,
    cleanStart: true,
    expirySeconds: 0,
    user,
    password,
  });

/** Opens sockets that say nothing. */
const flood =
  (from: (k: number) => string): Attacker =>
  ({ target, perSecond }) =>
    paced(perSecond, (sockets, k) => void sockets.open(target.mqtt, from(k)));

/** Sockets that send `head` and then a byte a second each, for as long as they are let. */
function slowLoris(head: Buffer, port: number, perSecond: number): Attack {
  const drip = Buffer.from([0x61]);
  const attack = paced(perSecond, (sockets, k) => {
    const socket = sockets.open(port);
    if (socket !== undefined) sockets.write(socket, head);
    if (k % Math.max(1, Math.round(perSecond)) === 0)
      for (const each of sockets.all) sockets.write(each, drip);
  });
  return attack;
}

/** CONNECT with a user that exists and another wrong password each time, from the very address of its devices. */
const bruteForce: Attacker = ({ target, perSecond }) =>
  paced(perSecond, (sockets, k) => {
    const socket = sockets.open(target.mqtt, '127.0.0.1');
    if (socket !== undefined) sockets.write(socket, hello(`guess-${k % 50}`, 'fleet', `wrong-${k}`));
  });

/** A thousand ids that connect and are gone again at once. */
const flapping: Attacker = ({ target, perSecond }) =>
  paced(perSecond, (sockets, k) => {
    const socket = sockets.open(target.mqtt);
    if (socket === undefined) return;
    sockets.write(socket, hello(`flap-${k % 1000}`, 'fleet', 'secret of the fleet'));
    socket.once('data', () => socket.resetAndDestroy());
  });

/** Packets that say they are 256 MB long, with as much of it as is taken. */
const giantPackets: Attacker = ({ target, perSecond }) => {
  const head = Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]);
  const body = Buffer.alloc(64 * 1024, 0x61);
  return paced(perSecond, (sockets, k) => {
    const socket = sockets.open(k % 2 === 0 ? target.mqtt : target.ws);
    if (socket === undefined) return;
    sockets.write(socket, head);
    sockets.write(socket, body);
  });
};

/** A CONNECT and then a PUBLISH, one byte in each segment. */
const tinyFragments: Attacker = ({ target, perSecond }) => {
  const streams = new Map<number, { socket: ReturnType<AttackSockets['open']>; at: number }>();
  const publish = Buffer.from([0x30, 14, 0, 4, ...Buffer.from('tiny'), ...Buffer.from('fragment')]);
  const bytes = (n: number): Buffer =>
    Buffer.concat([hello(`tiny-${n}`, 'fleet', 'secret of the fleet'), ...Array<Buffer>(200).fill(publish)]);
  const texts = Array.from({ length: 50 }, (_, n) => bytes(n));
  return paced(perSecond, (sockets, k) => {
    const n = k % texts.length;
    let stream = streams.get(n);
    if (stream?.socket === undefined || stream.socket.destroyed || stream.at >= texts[n]!.length) {
      stream?.socket?.resetAndDestroy();
      stream = { socket: sockets.open(target.mqtt), at: 0 };
      streams.set(n, stream);
    }
    if (stream.socket !== undefined) sockets.write(stream.socket, texts[n]!.subarray(stream.at, ++stream.at));
  });
};

/** Every attack by its name, with what it is and how often it strikes a second. */
export const attackers: Readonly<Record<string, { says: string; perSecond: number; begin: Attacker }>> = {
  'flood-one': {
    says: 'silent connections from one address',
    perSecond: 1000,
    begin: flood(() => attackerAddress),
  },
  'flood-many': {
    says: 'silent connections from 10,000 addresses',
    perSecond: 1000,
    begin: flood(manyAddresses),
  },
  'loris-tcp': {
    says: 'CONNECT a byte a second',
    perSecond: 200,
    begin: ({ target, perSecond }) => slowLoris(Buffer.from([0x10, 0x7f]), target.mqtt, perSecond),
  },
  'loris-tls': {
    says: 'TLS handshake a byte a second',
    perSecond: 200,
    begin: ({ target, perSecond }) => slowLoris(helloHead, target.mqtts, perSecond),
  },
  'loris-upgrade': {
    says: 'WebSocket upgrade a byte a second',
    perSecond: 200,
    begin: ({ target, perSecond }) => slowLoris(upgradeHead, target.ws, perSecond),
  },
  'brute-force': {
    says: 'wrong passwords of the fleet’s user, from its own address',
    perSecond: 200,
    begin: bruteForce,
  },
  'flapping': { says: '1,000 ids that come and go', perSecond: 300, begin: flapping },
  'giant-packets': { says: 'packets of 256 MB, half of them as HTTP', perSecond: 200, begin: giantPackets },
  'tiny-fragments': { says: 'a byte in each segment', perSecond: 3000, begin: tinyFragments },
};
