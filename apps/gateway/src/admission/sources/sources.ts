import type { ThrottleNote } from '../throttle-note.ts';
import type { SourceEntry } from './source-entry.ts';
import { blockKeyOf, blockOf, sourceKeyOf } from './source-key.ts';
import { sourceNote, type SourceReason, type SourceScope } from './source-notes.ts';
import { SourceTable } from './source-table.ts';
import { limitsOf, type ScopeLimits, type SourcesConfig } from './sources-config.ts';
import { SourceVisit, type VisitCount } from './source-visit.ts';

/** Told of each limit that was met. @param whose `address:port`, or a block of addresses; undefined of the node's own limit */
export type OnSourceThrottled = (note: ThrottleNote, whose: string | undefined) => void;

/** A connection that wants to come in. */
interface Asked {
  readonly endpoint: string;
  readonly isSecuring: boolean;
  readonly nowMs: number;
}

/**
 * How much each address, and each block of addresses, asks of this node before anybody knows who it is. Pure: it counts
 * what it is told, by the clock it is given.
 */
export class Sources implements VisitCount {
  readonly #monotonic: () => number;
  readonly #onThrottled: OnSourceThrottled;
  #config: SourcesConfig;
  #addressLimits: ScopeLimits;
  #prefixLimits: ScopeLimits;
  #addresses: SourceTable;
  #prefixes: SourceTable;
  #greeting = 0;
  #securing = 0;

  /** @param monotonic ms */
  constructor(config: SourcesConfig, monotonic: () => number, onThrottled: OnSourceThrottled) {
    this.#config = config;
    this.#monotonic = monotonic;
    this.#onThrottled = onThrottled;
    this.#addressLimits = limitsOf(config.address);
    this.#prefixLimits = limitsOf(config.prefix);
    this.#addresses = new SourceTable(config.maxIdle);
    this.#prefixes = new SourceTable(config.maxIdle);
  }

  /** In force for the next connection. Blocks of another size are counted from nothing. */
  configure(config: SourcesConfig): void {
    const { ipv4Bits, ipv6Bits } = this.#config.prefix;
    const isSameSize = ipv4Bits === config.prefix.ipv4Bits && ipv6Bits === config.prefix.ipv6Bits;
    this.#config = config;
    this.#addressLimits = limitsOf(config.address);
    this.#prefixLimits = limitsOf(config.prefix);
    this.#addresses.configure(config.maxIdle);
    if (isSameSize) this.#prefixes.configure(config.maxIdle);
    else this.#prefixes = new SourceTable(config.maxIdle);
  }

  /** Addresses something is known of. */
  get addressCount(): number {
    return this.#addresses.size;
  }
  get prefixCount(): number {
    return this.#prefixes.size;
  }
  /** Connections that are not in yet. */
  get greeting(): number {
    return this.#greeting;
  }
  /** TLS handshakes in progress. */
  get securing(): number {
    return this.#securing;
  }

  /**
   * A connection asks to come in; where it may not, the limit that was met.
   * @param endpoint `address:port` it comes from. @param isSecuring its TLS handshake begins now
   */
  enter(endpoint: string, isSecuring: boolean): SourceVisit | ThrottleNote {
    const asked = { endpoint, isSecuring, nowMs: this.#monotonic() };
    const key = sourceKeyOf(endpoint);
    const blockKey = blockKeyOf(key, this.#config.prefix);
    const address = this.#addresses.of(key, this.#addressLimits, asked.nowMs);
    const prefix = this.#prefixes.of(blockKey, this.#prefixLimits, asked.nowMs);
    const refusal = this.#refusalOf(address, prefix, asked);
    if (refusal === undefined) return this.#letIn(address, prefix, asked);
    if (address.open === 0) this.#addresses.idled(address);
    if (prefix.open === 0) this.#prefixes.idled(prefix);
    return refusal;
  }

  #refusalOf(address: SourceEntry, prefix: SourceEntry, asked: Asked): ThrottleNote | undefined {
    return (
      this.#checkedNode(asked) ??
      this.#checked('address', address, this.#addressLimits, asked) ??
      this.#checked('prefix', prefix, this.#prefixLimits, asked)
    );
  }

  #checkedNode({ endpoint, isSecuring }: Asked): ThrottleNote | undefined {
    const { mode, tlsHandshakes } = this.#config.node;
    if (!isSecuring || mode === 'off' || this.#securing < tlsHandshakes) return undefined;
    return this.#met('node', 'tls-handshakes', mode, endpoint);
  }

  #checked(
    scope: SourceScope,
    entry: SourceEntry,
    limits: ScopeLimits,
    asked: Asked,
  ): ThrottleNote | undefined {
    if (limits.mode === 'off') return undefined;
    const reason = this.#exceededBy(entry, limits, asked);
    return reason === undefined ? undefined : this.#met(scope, reason, limits.mode, asked.endpoint);
  }

  /** The first limit one more connection would break. */
  #exceededBy(
    entry: SourceEntry,
    limits: ScopeLimits,
    { isSecuring, nowMs }: Asked,
  ): SourceReason | undefined {
    const earned = entry.earned(this.#config.earned, nowMs);
    if (entry.open >= limits.connections + earned) return 'connections';
    if (entry.greeting >= limits.unauthenticated + earned) return 'unauthenticated';
    if (isSecuring && entry.securing >= limits.tlsHandshakes + earned) return 'tls-handshakes';
    return entry.hasToken(limits, earned, nowMs) ? undefined : 'connection-rate';
  }

  /** @returns the refusal; none where the limit only watches */
  #met(
    scope: SourceScope,
    reason: SourceReason,
    mode: 'enforce' | 'observe',
    endpoint: string,
  ): ThrottleNote | undefined {
    const note = sourceNote(scope, reason, mode === 'observe');
    this.#onThrottled(note, this.#whose(scope, endpoint));
    return note.isObserved ? undefined : note;
  }

  #whose(scope: SourceScope, endpoint: string): string | undefined {
    if (scope === 'prefix') return blockOf(endpoint, this.#config.prefix);
    return scope === 'address' ? endpoint : undefined;
  }

  #letIn(address: SourceEntry, prefix: SourceEntry, { isSecuring, nowMs }: Asked): SourceVisit {
    this.#greeting++;
    for (const entry of [address, prefix]) {
      entry.takeToken(nowMs);
      entry.open++;
      entry.greeting++;
    }
    if (isSecuring) {
      this.#securing++;
      address.securing++;
    }
    return new SourceVisit(this, address, prefix, isSecuring);
  }

  // what a visit tells of itself, once each

  /** Its TLS handshake is over. */
  secured(address: SourceEntry): void {
    this.#securing--;
    address.securing--;
  }

  welcomed(address: SourceEntry, prefix: SourceEntry, isVouchedFor: boolean): void {
    this.#greeting--;
    address.greeting--;
    prefix.greeting--;
    if (isVouchedFor) this.#vouch(address, prefix, 1);
  }

  parted(address: SourceEntry, prefix: SourceEntry): void {
    this.#vouch(address, prefix, -1);
  }

  left(address: SourceEntry, prefix: SourceEntry, wasGreeting: boolean): void {
    if (wasGreeting) this.welcomed(address, prefix, false);
    if (--address.open === 0) this.#addresses.idled(address);
    if (--prefix.open === 0) this.#prefixes.idled(prefix);
  }

  #vouch(address: SourceEntry, prefix: SourceEntry, by: 1 | -1): void {
    const nowMs = this.#monotonic();
    address.vouchedFor(by, this.#config.earned, nowMs);
    prefix.vouchedFor(by, this.#config.earned, nowMs);
  }
}
