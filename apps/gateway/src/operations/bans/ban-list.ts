import type { Ban } from '@tributary/backplane';
import { type Banned, formatBanTarget, type IpAddress, maskedTo, parseBanTarget } from '@tributary/protocol';
import { countedUser } from '../../auth/auth-failure.ts';

/** Blocks of one family and length: their bases → until when. */
interface PrefixTable {
  readonly family: 4 | 6;
  readonly length: number;
  readonly until: Map<bigint, number>;
}

/**
 * The bans as they were read, made to be asked for every connection: one look-up for an id, one for a user, one for each
 * length of prefix for an address, nothing at all where there are none. A ban ends at its time whether or not it is read again.
 */
export class BanList {
  readonly #ids = new Map<string, number>();
  readonly #users = new Map<string, number>();
  /** By target: ids and users as far as they come from one address. */
  readonly #pairs = new Map<string, number>();
  readonly #prefixes: PrefixTable[] = [];

  constructor(bans: readonly Ban[]) {
    for (const ban of bans) this.add(ban);
  }

  /** Whether any address is banned as a whole. */
  get hasAddresses(): boolean {
    return this.#prefixes.length > 0;
  }

  /** Whether a device has to be looked at by its user or its address, too. */
  get hasMoreThanIds(): boolean {
    return this.#users.size > 0 || this.#pairs.size > 0 || this.hasAddresses;
  }

  /** @param now Unix ms */
  has(device: Banned, now: number): boolean {
    const { clientId, user, address } = device;
    if (isOn(this.#ids, clientId, now)) return true;
    if (user !== undefined && isOn(this.#users, user, now)) return true;
    return this.hasAddress(address, now) || this.#hasPair(device, now);
  }

  /** @param now Unix ms */
  hasAddress(address: IpAddress | undefined, now: number): boolean {
    if (address === undefined) return false;
    for (const { family, length, until } of this.#prefixes) {
      if (family === address.family && (until.get(maskedTo(address, length)) ?? 0) > now) return true;
    }
    return false;
  }

  /** One more; of two of the same target the one that lasts longer counts. */
  add({ target, until }: Ban): void {
    const meant = parseBanTarget(target);
    switch (meant?.kind) {
      case 'id':
        return lengthen(this.#ids, meant.id, until);
      case 'user':
        return lengthen(this.#users, meant.user, until);
      case 'at':
        return lengthen(this.#pairs, target, until);
      case 'ip': // an address is a block of one
        return this.#addPrefix(meant.address, meant.address.family === 4 ? 32 : 128, until);
      case 'prefix':
        return this.#addPrefix(meant.prefix.base, meant.prefix.length, until);
      case undefined:
        return;
    }
  }

  #hasPair({ clientId, user, address }: Banned, now: number): boolean {
    if (this.#pairs.size === 0 || address === undefined) return false;
    const isPair = (who: { kind: 'id'; id: string } | { kind: 'user'; user: string }): boolean =>
      isOn(this.#pairs, formatBanTarget({ kind: 'at', address, who }), now);
    if (isPair({ kind: 'id', id: clientId })) return true;
    // Nodes ban a name by what they count it under, operators by the name itself.
    return (
      user !== undefined && [user, countedUser(user)!].some((name) => isPair({ kind: 'user', user: name }))
    );
  }

  #addPrefix({ family, value }: IpAddress, length: number, until: number): void {
    let table = this.#prefixes.find((one) => one.family === family && one.length === length);
    if (table === undefined) this.#prefixes.push((table = { family, length, until: new Map() }));
    lengthen(table.until, value, until);
  }
}

const isOn = (table: ReadonlyMap<string, number>, key: string, now: number): boolean =>
  (table.get(key) ?? 0) > now;

function lengthen<K>(table: Map<K, number>, key: K, until: number): void {
  table.set(key, Math.max(until, table.get(key) ?? 0));
}
