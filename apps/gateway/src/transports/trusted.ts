import { addressOfEndpoint, type IpPrefix, isInPrefix, parseIpBlock } from '@tributary/protocol';

/** The proxies whose word is taken for where a connection comes from. */
export class TrustedProxies {
  readonly #blocks: readonly IpPrefix[];

  /** @param blocks as `parseIpBlock` reads them; what it does not read is left out */
  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.map(parseIpBlock).filter((block) => block !== undefined);
  }

  /** @param endpoint `address:port`, IPv6 in brackets */
  has(endpoint: string): boolean {
    if (this.#blocks.length === 0) return false;
    const address = addressOfEndpoint(endpoint);
    return address !== undefined && this.#blocks.some((block) => isInPrefix(address, block));
  }
}
