import { type Ban, listBans } from '@tributary/backplane';
import { addressOfEndpoint, parseTarget } from '@tributary/protocol';
import type { Connection } from '../../connection/connection.ts';
import type { OperationsParts } from '../parts.ts';
import { Reloader } from '../reloader.ts';
import { BanList } from './ban-list.ts';

/** Connections looked at in one turn of the loop when an address is banned. */
const sweepBatch = 2000;

/** Who is kept out of this node: asked of every connection, and of those that stand when there is a new ban. */
export class Bans {
  readonly #parts: OperationsParts;
  readonly #reloader: Reloader;
  #list = new BanList([]);
  /** Target → until when, as read last. */
  #known = new Map<string, number>();
  #ended = 0;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
    this.#reloader = new Reloader(parts.store, parts.logger, 'the bans', () => this.#read());
  }

  start(): Promise<void> {
    return this.#reloader.start();
  }

  stop(): void {
    this.#reloader.stop();
  }

  /** How many were in force when they were read last. */
  get count(): number {
    return this.#known.size;
  }

  /** Reads the bans again and ends whom a new one is about. @returns how many connections it ended */
  async apply(): Promise<number> {
    const before = this.#ended;
    await this.#reloader.reload();
    return this.#ended - before;
  }

  /** Whether a device is kept out, by its id or by where it comes from. @param endpoint `address:port` */
  has(clientId: string, endpoint: string): boolean {
    return this.#list.hasId(clientId, this.#parts.now()) || this.hasEndpoint(endpoint);
  }

  /** @param endpoint `address:port` */
  hasEndpoint(endpoint: string): boolean {
    return this.#list.hasAddresses && this.#list.hasAddress(addressOfEndpoint(endpoint), this.#parts.now());
  }

  async #read(): Promise<void> {
    const { store, keys, now } = this.#parts;
    const bans = await listBans(store.redis, keys, now());
    const added = bans.filter(({ target }) => (this.#known.get(target) ?? 0) <= now());
    this.#list = new BanList(bans);
    this.#known = new Map(bans.map(({ target, until }) => [target, until]));
    if (added.length > 0) await this.#endAll(added);
  }

  async #endAll(added: readonly Ban[]): Promise<void> {
    for (const { target } of added) {
      const meant = parseTarget(target);
      if (meant?.kind !== 'id') continue;
      const session = this.#parts.registry.get(meant.id);
      if (session !== undefined) this.#end(session.connection);
    }
    const addresses = new BanList(added.filter(({ target }) => !target.startsWith('id:')));
    if (addresses.hasAddresses) await this.#endFrom(addresses);
  }

  /** A few at a time: with many devices on the node it would hold up all of them. */
  async #endFrom(addresses: BanList): Promise<void> {
    const { registry, greeting, now } = this.#parts;
    const connections = [...greeting, ...[...registry.all()].map(({ connection }) => connection)];
    for (const [i, connection] of connections.entries()) {
      const address = addressOfEndpoint(connection.transport.remoteAddress);
      if (addresses.hasAddress(address, now())) this.#end(connection);
      if (i % sweepBatch === sweepBatch - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #end(connection: Connection): void {
    if (connection.state === 'closed') return;
    connection.close('banned');
    this.#ended++;
  }
}
