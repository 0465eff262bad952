import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Chance } from '../support/chance.ts';
import { Lane } from './lane.ts';
import { type BadLink, clearLink, type LinkProfile } from './link.ts';

interface Door {
  server: Server;
  targetPort: number;
}

/** A link for machines that refuse namespaces: it delays bytes, in order, and loses none. */
export class SlowProxy implements BadLink {
  readonly kind = 'bytes';
  readonly address = '127.0.0.1';
  readonly refusal: string;
  readonly #chance: Chance;
  readonly #doors = new Map<string, Door>();
  readonly #lanes = new Set<Lane>();
  readonly #sockets = new Set<Socket>();
  #profile: LinkProfile = clearLink;

  private constructor(seed: number, refusal: string) {
    this.#chance = new Chance(seed);
    this.refusal = refusal;
  }

  static async start(seed: number, doors: readonly string[], refusal: string): Promise<SlowProxy> {
    const proxy = new SlowProxy(seed, refusal);
    for (const name of doors) {
      const door: Door = { server: createServer({ noDelay: true }), targetPort: 0 };
      door.server.on('connection', (client) => proxy.#serve(client, door.targetPort));
      door.server.listen(0, '127.0.0.1');
      await new Promise((resolve) => door.server.once('listening', resolve));
      proxy.#doors.set(name, door);
    }
    return proxy;
  }

  port(door: string): number {
    return (this.#door(door).server.address() as AddressInfo).port;
  }

  async lead(door: string, port: number): Promise<void> {
    this.#door(door).targetPort = port;
  }

  async set(profile: LinkProfile): Promise<void> {
    this.#profile = { ...profile, lossRatio: 0 };
    for (const lane of this.#lanes) lane.profile = this.#profile;
  }

  async count(): Promise<{ offered: number; lost: number }> {
    return { offered: [...this.#lanes].reduce((sum, { figures }) => sum + figures.offered, 0), lost: 0 };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const { server } of this.#doors.values()) {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #door(name: string): Door {
    const door = this.#doors.get(name);
    if (door === undefined) throw new Error(`the link has no door ${name}`);
    return door;
  }

  #serve(client: Socket, port: number): void {
    const server = connect({ host: this.address, port, noDelay: true });
    this.#carry(client, server);
    this.#carry(server, client);
  }

  #carry(from: Socket, to: Socket): void {
    const deliver = (bytes: Uint8Array): void => void (to.destroyed || to.write(bytes));
    const lane = new Lane(this.#chance, deliver, () => performance.now());
    lane.profile = this.#profile;
    this.#lanes.add(lane);
    this.#sockets.add(from);
    from.on('data', (bytes) => lane.offer(bytes));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#lanes.delete(lane);
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
