import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Chance } from '../support/chance.ts';
import { Lane } from './lane.ts';
import type { LinkProfile } from './link.ts';
import { enterNewNamespace, Tun } from './tun.ts';

/** What the test says to the link's process. */
export type Order =
  { order: 'lead'; door: string; port: number } | { order: 'set'; profile: LinkProfile } | { order: 'count' };

/** What it answers. `ports`: of the doors, on 127.0.0.1. */
export type Answer =
  | { answer: 'ready'; address: string; ports: Record<string, number> }
  | { answer: 'refused'; why: string }
  | { answer: 'done' }
  | { answer: 'counted'; offered: number; lost: number };

/** A door: a port outside whose connections are made anew inside the namespace, over the link. */
interface Door {
  server: Server;
  targetPort: number;
}

// 198.18.0.0/15 is set aside for tests of networks (RFC 2544). Four addresses for each process id.
function endsOfLine(pid: number): [here: string, there: string] {
  const base = (pid % 32_768) * 4;
  const octets = `198.${18 + (base >> 16)}.${(base >> 8) & 255}`;
  return [`${octets}.${(base & 255) + 1}`, `${octets}.${(base & 255) + 2}`];
}

/**
 * The process between the two namespaces. It opens a TUN device here, moves into a namespace of its own, opens the
 * other one there and carries packets between the two. Nothing of it has a name that outlives it: when it ends, even
 * by SIGKILL, both devices and the namespace are gone.
 */
export async function runLink(seed: number, doorNames: readonly string[]): Promise<void> {
  const doors = await openDoors(doorNames); // before the move: their sockets belong to the namespace outside
  const [here, there] = endsOfLine(process.pid);
  const chance = new Chance(seed);
  const now = (): number => performance.now();
  try {
    const outside = new Tun(`tlink${process.pid}`, here, there);
    enterNewNamespace();
    const inside = new Tun(`tlink${process.pid}`, there, here);
    const lanes = [
      new Lane(chance, (packet) => inside.write(packet), now),
      new Lane(chance, (packet) => outside.write(packet), now),
    ] as const;
    outside.onPacket((packet) => lanes[0].offer(packet));
    inside.onPacket((packet) => lanes[1].offer(packet));
    for (const door of doors.values()) serve(door, here);
    process.on('message', (order: Order) => answer(obey(order, doors, lanes)));
    answer({ answer: 'ready', address: here, ports: portsOf(doors) });
  } catch (error) {
    answer({ answer: 'refused', why: error instanceof Error ? error.message : String(error) });
  }
}

const answer = (what: Answer): void => void process.send?.(what);

async function openDoors(names: readonly string[]): Promise<Map<string, Door>> {
  const doors = new Map<string, Door>();
  for (const name of names) {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    doors.set(name, { server, targetPort: 0 });
  }
  return doors;
}

const portsOf = (doors: Map<string, Door>): Record<string, number> =>
  Object.fromEntries([...doors].map(([name, { server }]) => [name, (server.address() as AddressInfo).port]));

function obey(order: Order, doors: Map<string, Door>, lanes: readonly Lane[]): Answer {
  if (order.order === 'lead') {
    const door = doors.get(order.door);
    if (door !== undefined) door.targetPort = order.port;
  }
  if (order.order === 'set') for (const lane of lanes) lane.profile = order.profile;
  if (order.order !== 'count') return { answer: 'done' };
  const sum = (of: 'offered' | 'lost'): number => lanes.reduce((total, lane) => total + lane.figures[of], 0);
  return { answer: 'counted', offered: sum('offered'), lost: sum('lost') };
}

/** The device's TCP is the one made here, inside: what the test writes reaches it over the loopback. */
function serve(door: Door, host: string): void {
  door.server.on('connection', (client) => {
    const device = connect({ host, port: door.targetPort, noDelay: true });
    client.pipe(device);
    device.pipe(client);
    endTogether(client, device);
    endTogether(device, client);
  });
}

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => undefined);
  one.on('close', () => other.destroy());
}
