import type { SourceEntry } from './source-entry.ts';

/** Keeps count of what visits tell of themselves. */
export interface VisitCount {
  /** A TLS handshake is over. */
  secured(address: SourceEntry): void;
  welcomed(address: SourceEntry, prefix: SourceEntry, isVouchedFor: boolean): void;
  /** One that was vouched for. */
  parted(address: SourceEntry, prefix: SourceEntry): void;
  left(address: SourceEntry, prefix: SourceEntry, wasGreeting: boolean): void;
}

/** A connection that was let in, as long as it stands. Each step counts once, in whatever order it is told. */
export class SourceVisit {
  readonly #count: VisitCount;
  readonly #address: SourceEntry;
  readonly #prefix: SourceEntry;
  #isSecuring: boolean;
  #isGreeting = true;
  #isVouchedFor = false;
  #isGone = false;

  constructor(count: VisitCount, address: SourceEntry, prefix: SourceEntry, isSecuring: boolean) {
    this.#count = count;
    this.#address = address;
    this.#prefix = prefix;
    this.#isSecuring = isSecuring;
  }

  /** TLS stands, or never will. */
  secured(): void {
    if (!this.#isSecuring) return;
    this.#isSecuring = false;
    this.#count.secured(this.#address);
  }

  /** The device is in. @param isVouchedFor an authenticator vouches for it */
  welcomed(isVouchedFor: boolean): void {
    if (!this.#isGreeting || this.#isGone) return;
    this.#isGreeting = false;
    this.#isVouchedFor = isVouchedFor;
    this.#count.welcomed(this.#address, this.#prefix, isVouchedFor);
  }

  /** Its session is over: it earns no longer, or a device that comes back faster than its sockets go would be many. */
  parted(): void {
    if (!this.#isVouchedFor) return;
    this.#isVouchedFor = false;
    this.#count.parted(this.#address, this.#prefix);
  }

  left(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.secured();
    this.parted();
    this.#count.left(this.#address, this.#prefix, this.#isGreeting);
  }
}
