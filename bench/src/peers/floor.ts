// The floor: the least a Node program can do to store a message before it acknowledges it. Not a server for anyone;
// it is what the others are measured against.
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { WebSocketServer } from 'ws';
import { FloorConnection } from './floor-connection.ts';
import { FloorStore } from './floor-store.ts';
import { serveFloorWebSocket } from './floor-websocket.ts';
import { announce, endWithParent, peerOptions } from './peer-options.ts';

const store = new FloorStore(peerOptions());

const tcp = createServer({ noDelay: true }, (socket) => {
  const connection = new FloorConnection(
    store,
    (packets) => void socket.write(packets),
    () => socket.end(),
  );
  socket.on('data', (chunk) => connection.data(chunk));
  socket.on('error', () => socket.destroy());
});

const byHand = createHttpServer();
byHand.on('upgrade', (request, socket) => serveFloorWebSocket(store, request, socket as never));

const withWs = createHttpServer();
const sockets = new WebSocketServer({ server: withWs, perMessageDeflate: false, skipUTF8Validation: true });
sockets.on('connection', (socket) => {
  const connection = new FloorConnection(
    store,
    (packets) => socket.send(packets),
    () => socket.close(),
  );
  socket.on('message', (data) => connection.data(data as Buffer));
  socket.on('error', () => socket.terminate());
});

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4096, () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

endWithParent();
announce({ 'mqtt': await listen(tcp), 'ws': await listen(byHand), 'ws-lib': await listen(withWs) });
