import { connect } from 'node:net';
import mqttPacket from 'mqtt-packet';

const perSession = 100;
const atOnce = 20;

/** Filters that match nothing a fleet publishes; a third goes down the fleet's own branch and leaves it by a wildcard. */
function filtersOf(session: number): string[] {
  return Array.from({ length: perSession }, (_, k) => {
    const kinds = [
      `sites/${session}/${k}`,
      `devices/+/alarms/${session}/${k}`,
      `devices/other-${session}-${k}/#`,
    ];
    return kinds[k % kinds.length]!;
  });
}

/** Makes so many subscriptions, 100 for each persistent session; the sessions are away then. */
export async function subscribeUnrelated(port: number, count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next * perSession < count) await oneSession(port, next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function oneSession(port: number, session: number): Promise<void> {
  const write = (packet: mqttPacket.Packet): Buffer => mqttPacket.generate(packet, { protocolVersion: 5 });
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    socket.on('data', (bytes) => parser.parse(bytes));
    socket.once('error', reject);
    socket.once('close', () => resolve());
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connack') {
        const subscriptions = filtersOf(session).map((topic) => ({ topic, qos: 1 as const }));
        socket.write(write({ cmd: 'subscribe', messageId: 1, subscriptions }));
      } else if (packet.cmd === 'suback') {
        const isGranted = packet.granted.every((code) => Number(code) < 0x80);
        if (!isGranted) reject(new Error('a subscription was refused'));
        socket.end(write({ cmd: 'disconnect', reasonCode: 0 }));
      }
    });
    const clientId = `unrelated-${session}`;
    const properties = { sessionExpiryInterval: 3600 };
    socket.write(
      write({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 5,
        clientId,
        clean: false,
        keepalive: 60,
        properties,
      }),
    );
  });
}
