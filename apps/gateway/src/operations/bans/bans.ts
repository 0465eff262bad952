import { automaticBans, type Ban, isAutomatic, listBans } from '@tributary/backplane';
import { addressOfEndpoint, type IpAddress } from '@tributary/protocol';
import type { BanParts } from './ban-parts.ts';
import { Reloader } from '../reloader.ts';
import { auditBan, auditLifted } from './audit-bans.ts';
import { BanList } from './ban-list.ts';
import { BanSweep } from './ban-sweep.ts';

/** What is asked of those who make bans on this node. */
export interface OwnBans {
  /** In force here, and not in Redis yet. */
  pending(): readonly Ban[];
  /** Whether so many good devices stand behind an address that no node may ban it as a whole. */
  isShared(address: IpAddress): boolean;
  /** Another node made a ban. */
  learn(ban: Ban): void;
  /** An operator lifted one. */
  lifted(target: string): void;
}

const nobody: OwnBans = { pending: () => [], isShared: () => false, learn: () => {}, lifted: () => {} };

/** Who is kept out of this node: asked of every connection, and of those that stand when there is a new ban. */
export class Bans {
  /** Set once, when the parts of the node meet. */
  own: OwnBans = nobody;
  readonly #parts: BanParts;
  readonly #reloader: Reloader;
  readonly #sweep: BanSweep;
  #list = new BanList([]);
  /** Addresses that nodes banned as a whole by themselves: it does not hold where good devices live behind them. */
  #automatic = new BanList([]);
  /** By target, as read last. */
  #known = new Map<string, Ban>();
  #hasRead = false;

  constructor(parts: BanParts) {
    this.#parts = parts;
    this.#sweep = new BanSweep(parts);
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
  /** Of those: made by nodes. */
  get automaticCount(): number {
    let count = 0;
    for (const ban of this.#known.values()) if (isAutomatic(ban)) count++;
    return count;
  }

  /** Reads the bans again and ends whom a new one is about. @returns how many connections it ended */
  async apply(): Promise<number> {
    const before = this.#sweep.ended;
    await this.#reloader.reload();
    return this.#sweep.ended - before;
  }

  /** In force on this node from now on; Redis is told by whoever made it. */
  add(ban: Ban): void {
    this.#known.set(ban.target, ban);
    this.#put(ban);
    this.#end([ban]).catch(() => {});
  }

  /**
   * Whether a device is kept out: by its id, its user, or where it comes from. @param endpoint `address:port`
   * @param user as it calls itself, as long as nobody has vouched for it
   */
  has(clientId: string, endpoint: string, user: string | undefined): boolean {
    if (this.#known.size === 0) return false;
    const device = { clientId, user, address: addressOfEndpoint(endpoint) };
    return this.#list.has(device, this.#parts.now()) || this.#hasAutomatic(device.address);
  }

  /** Whether nobody from there is let in. @param endpoint `address:port` */
  hasEndpoint(endpoint: string): boolean {
    if (!this.#list.hasAddresses && !this.#automatic.hasAddresses) return false;
    const address = addressOfEndpoint(endpoint);
    return this.#list.hasAddress(address, this.#parts.now()) || this.#hasAutomatic(address);
  }

  #hasAutomatic(address: IpAddress | undefined): boolean {
    return (
      address !== undefined &&
      this.#automatic.hasAddress(address, this.#parts.now()) &&
      !this.own.isShared(address)
    );
  }

  async #read(): Promise<void> {
    const { store, keys, now } = this.#parts;
    const listed = await listBans(store.redis, keys, now());
    const bans = [...this.own.pending(), ...listed];
    const before = this.#known;
    this.#known = new Map(bans.map((ban) => [ban.target, ban]));
    this.#list = new BanList([]);
    this.#automatic = new BanList([]);
    for (const ban of bans) this.#put(ban);
    const added = listed.filter((ban) => isNews(ban, before.get(ban.target), now()));
    this.#tell(added, before);
    await this.#end(added);
  }

  #put(ban: Ban): void {
    if (isAutomatic(ban) && isOfAddress(ban)) this.#automatic.add(ban);
    else this.#list.add(ban);
  }

  #tell(added: readonly Ban[], before: ReadonlyMap<string, Ban>): void {
    const { audit, now } = this.#parts;
    for (const ban of added) {
      if (ban.strikes !== undefined) this.own.learn(ban);
      // What was in force when the node started is no news.
      if (this.#hasRead) auditBan(audit, ban);
    }
    for (const [target, ban] of before) {
      if (ban.until <= now() || this.#known.has(target)) continue;
      this.own.lifted(target);
      auditLifted(audit, ban);
    }
    this.#hasRead = true;
  }

  /** Whoever has shown the right credentials is not ended because somebody else tried wrong ones. */
  #end(bans: readonly Ban[]): Promise<void> {
    return this.#sweep.end(bans.filter(({ by }) => by !== automaticBans.failedAuthentications));
  }
}

/** Where there was none in force; or one of nodes, which may have left sessions alone that an operator means too. */
const isNews = (ban: Ban, before: Ban | undefined, now: number): boolean =>
  before === undefined || before.until <= now || (isAutomatic(before) && !isAutomatic(ban));

const isOfAddress = ({ target }: Ban): boolean => target.startsWith('ip:') || target.startsWith('prefix:');
