import { formatBanTarget, type IpAddress, maskedTo, type BanTarget } from '@tributary/protocol';
import { GoodNeighbours } from './good-neighbours.ts';
import { WindowCounts } from './window-counts.ts';

export interface FailedLoginLimits {
  /** Wrong credentials for one user or client id from one address. */
  readonly perDevice: number;
  /** Wrong credentials from one source. */
  readonly perAddress: number;
  readonly windowSeconds: number;
  /** A source with so many good devices behind it is not banned as a whole. */
  readonly goodDevices: number;
}

/** Somebody who showed wrong credentials. */
export interface FailedLogin {
  readonly address: IpAddress;
  readonly clientId: string;
  /** As it called itself. */
  readonly user: string | undefined;
}

const maxKeys = 20_000;
const ipv6SourceBits = 64;

/**
 * What counts as one source: an IPv4 address, or 64 bits of an IPv6 one, as whoever has one address of those has them all
 * (RFC 6177).
 */
export function sourceOf(address: IpAddress): BanTarget {
  if (address.family === 4) return { kind: 'ip', address };
  const base: IpAddress = { family: 6, value: maskedTo(address, ipv6SourceBits) };
  return { kind: 'prefix', prefix: { base, length: ipv6SourceBits } };
}

/** The same in its one spelling. */
export const sourceName = (address: IpAddress): string => formatBanTarget(sourceOf(address));

/**
 * Counts wrong credentials and says whom to keep out: first the user or client id that is tried, as far as it comes from that
 * address, so that its neighbours behind the same carrier and its true owner elsewhere do not notice; a source as a whole
 * only when many are tried from it and no devices are known to live there.
 */
export class FailedLogins {
  readonly neighbours = new GoodNeighbours();
  #limits: FailedLoginLimits;
  readonly #byDevice: WindowCounts;
  readonly #bySource: WindowCounts;

  constructor(limits: FailedLoginLimits) {
    this.#limits = limits;
    this.#byDevice = new WindowCounts(limits.windowSeconds * 1000, maxKeys);
    this.#bySource = new WindowCounts(limits.windowSeconds * 1000, maxKeys);
  }

  configure(limits: FailedLoginLimits): void {
    this.#limits = limits;
    this.#byDevice.configure(limits.windowSeconds * 1000);
    this.#bySource.configure(limits.windowSeconds * 1000);
  }

  /** Whether so many devices live behind the address that it is not banned as a whole. @param nowMs monotonic */
  isShared(address: IpAddress, nowMs: number): boolean {
    return this.neighbours.countAt(sourceName(address), nowMs) >= this.#limits.goodDevices;
  }

  /** Counts one. @returns whom to keep out now, if anybody. @param nowMs monotonic */
  failed(login: FailedLogin, nowMs: number): BanTarget | undefined {
    const { perDevice, perAddress } = this.#limits;
    const source = sourceOf(login.address);
    const sourceKey = formatBanTarget(source);
    const isSourceOver = this.#bySource.count(sourceKey, nowMs) > perAddress;
    const pair = pairOf(login);
    const pairKey = formatBanTarget(pair);
    const isPairOver = this.#byDevice.count(pairKey, nowMs) > perDevice;
    if (isSourceOver && !this.isShared(login.address, nowMs)) {
      this.#bySource.forget(sourceKey);
      return source;
    }
    if (!isPairOver) return undefined;
    this.#byDevice.forget(pairKey);
    return pair;
  }
}

function pairOf({ address, clientId, user }: FailedLogin): BanTarget {
  const who =
    user === undefined || user === ''
      ? ({ kind: 'id', id: clientId } as const)
      : { kind: 'user' as const, user };
  return { kind: 'at', address, who };
}
