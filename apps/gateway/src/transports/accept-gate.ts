import type { Server, Socket } from 'node:net';

/**
 * Asks about every socket before anybody else sees it, TLS and HTTP included: one that may not come in is gone before it
 * has cost anything.
 * @param mayEnter whether a socket from this address may come in
 */
export function guardEntrance(server: Server, mayEnter: (socket: Socket) => boolean): void {
  const inside = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (mayEnter(socket)) for (const take of inside) take.call(server, socket);
    else socket.resetAndDestroy();
  });
}
