// Aedes, writing each message to the same Redis before it acknowledges it (`authorizePublish` waits for the XADD).
// ioredis with auto-pipelining: all commands of a turn of the loop leave as one write.
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { partitionOf } from '@tributary/protocol';
import { Aedes, type Client } from 'aedes';
import { Redis } from 'ioredis';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { announce, endWithParent, peerOptions } from './peer-options.ts';

const { redisPort, namespace, partitions, streamMaxLength } = peerOptions();
const redis = new Redis({ host: '127.0.0.1', port: redisPort, enableAutoPipelining: true });
const sequences = new WeakMap<Client, number>();

const broker = await Aedes.createBroker({
  authorizePublish: (client, packet, done) => {
    if (client === null) return done(null);
    const seq = (sequences.get(client) ?? 0) + 1;
    sequences.set(client, seq);
    const key = `${namespace}:{p${partitionOf(client.id, partitions)}}:up`;
    void redis.xadd(
      key, 'MAXLEN', '~', streamMaxLength, '*',
      'device', client.id, 'epoch', 1, 'seq', seq, 'topic', packet.topic, 'qos', packet.qos, 'ts', Date.now(),
      'payload', packet.payload,
      (error) => done(error ?? null),
    ); // prettier-ignore
  },
});

const tcp = createServer({ noDelay: true }, (socket) => void broker.handle(socket));
const http = createHttpServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on('connection', (socket, request) => void broker.handle(createWebSocketStream(socket), request));

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4096, () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

endWithParent();
announce({ mqtt: await listen(tcp), ws: await listen(http) });
