import type { Ban } from '@tributary/backplane';
import { addressOfEndpoint, parseBanTarget } from '@tributary/protocol';
import type { Connection } from '../../connection/connection.ts';
import type { BanParts } from './ban-parts.ts';
import { BanList } from './ban-list.ts';

/** Connections looked at in one turn of the loop. */
const batch = 2000;

/** Ends the connections that new bans are about. */
export class BanSweep {
  readonly #parts: BanParts;
  /** Connections ended so far. */
  ended = 0;

  constructor(parts: BanParts) {
    this.#parts = parts;
  }

  async end(bans: readonly Ban[]): Promise<void> {
    const { registry } = this.#parts;
    for (const { target } of bans) {
      const meant = parseBanTarget(target);
      const session = meant?.kind === 'id' ? registry.get(meant.id) : undefined;
      if (session !== undefined) this.#end(session.connection);
    }
    const others = new BanList(bans.filter(({ target }) => !target.startsWith('id:')));
    if (others.hasMoreThanIds) await this.#endAll(others);
  }

  /** A few at a time: with many devices on the node it would hold up all of them. */
  async #endAll(list: BanList): Promise<void> {
    const { registry, greeting, now } = this.#parts;
    let looked = 0;
    for (const connection of [...greeting]) {
      if (list.hasAddress(addressOfEndpoint(connection.transport.remoteAddress), now()))
        this.#end(connection);
    }
    for (const { clientId, identity, connection } of [...registry.all()]) {
      const address = addressOfEndpoint(connection.transport.remoteAddress);
      if (list.has({ clientId, user: identity.user, address }, now())) this.#end(connection);
      if (++looked % batch === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #end(connection: Connection): void {
    if (connection.state === 'closed') return;
    connection.close('banned');
    this.ended++;
  }
}
