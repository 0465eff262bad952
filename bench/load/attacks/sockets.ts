import { connect, type Socket } from 'node:net';
import { Pacer } from '../pacer.ts';
import type { Attack, AttackReport } from './attack.ts';

/** Most sockets one attack holds: with those of the devices below the file limit of a common machine. */
const mostOpen = 4000;

/** Where attackers come from that make no secret of it: not where the devices of a fleet do. */
export const attackerAddress = '127.0.0.2';

/** Sockets of an attack, counted; more than `mostOpen` are not opened. */
export class AttackSockets {
  readonly report: AttackReport = { attempts: 0, refused: 0, open: 0, bytes: 0 };
  readonly all = new Set<Socket>();

  /** `from`: an address of 127.0.0.0/8 to come from. `undefined` when there are too many already. */
  open(port: number, from = attackerAddress): Socket | undefined {
    if (this.all.size >= mostOpen) return undefined;
    const { report } = this;
    report.attempts++;
    const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true });
    this.all.add(socket);
    socket.once('connect', () => report.open++);
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => {
      this.all.delete(socket);
      if (socket.bytesRead === 0 || !socket.connecting) report.open = Math.max(0, report.open - 1);
    });
    socket.once('end', () => report.refused++);
    socket.once('error', () => report.refused++);
    return socket;
  }

  write(socket: Socket, bytes: Buffer): void {
    if (!socket.writable || socket.writableLength > 256 * 1024) return;
    this.report.bytes += bytes.length;
    socket.write(bytes);
  }

  closeAll(): void {
    for (const socket of this.all) socket.resetAndDestroy();
  }
}

/** An attack that does one thing so many times a second, on sockets of its own. */
export function paced(
  perSecond: number,
  act: (sockets: AttackSockets, k: number) => void,
  sockets = new AttackSockets(),
): Attack {
  const pacer = new Pacer(perSecond, (k) => act(sockets, k));
  return {
    report: sockets.report,
    stop: () => {
      pacer.stop();
      sockets.closeAll();
    },
  };
}

/** The k-th of ten thousand addresses in 127.0.0.0/8, 127.0.0.1 not among them. */
export const manyAddresses = (k: number): string => {
  const n = k % 10_000;
  return `127.${1 + (n >> 12)}.${(n >> 4) & 0xff}.${1 + (n & 0x0f)}`;
};
