import type { Ban } from '@tributary/backplane';
import { type IpAddress, maskedTo, parseTarget } from '@tributary/protocol';

/** Blocks of one family and length: their bases → until when. */
interface PrefixTable {
  readonly family: 4 | 6;
  readonly length: number;
  readonly until: Map<bigint, number>;
}

/**
 * The bans as they were read, made to be asked for every connection: one look-up for an id, one for each length of prefix
 * for an address, nothing at all where there are none. A ban ends at its time whether or not it is read again.
 */
export class BanList {
  readonly #ids = new Map<string, number>();
  readonly #prefixes: PrefixTable[] = [];

  constructor(bans: readonly Ban[]) {
    for (const { target, until } of bans) this.#add(target, until);
  }

  /** Whether any address is banned. */
  get hasAddresses(): boolean {
    return this.#prefixes.length > 0;
  }

  /** @param now Unix ms */
  hasId(clientId: string, now: number): boolean {
    const until = this.#ids.get(clientId);
    return until !== undefined && until > now;
  }

  /** @param now Unix ms */
  hasAddress(address: IpAddress | undefined, now: number): boolean {
    if (address === undefined) return false;
    for (const { family, length, until } of this.#prefixes) {
      if (family === address.family && (until.get(maskedTo(address, length)) ?? 0) > now) return true;
    }
    return false;
  }

  #add(target: string, until: number): void {
    const meant = parseTarget(target);
    if (meant?.kind === 'id') this.#ids.set(meant.id, until);
    // An address is a block of one.
    if (meant?.kind === 'ip') this.#addPrefix(meant.address, meant.address.family === 4 ? 32 : 128, until);
    if (meant?.kind === 'prefix') this.#addPrefix(meant.prefix.base, meant.prefix.length, until);
  }

  #addPrefix({ family, value }: IpAddress, length: number, until: number): void {
    let table = this.#prefixes.find((one) => one.family === family && one.length === length);
    if (table === undefined) this.#prefixes.push((table = { family, length, until: new Map() }));
    table.until.set(value, Math.max(until, table.until.get(value) ?? 0));
  }
}
