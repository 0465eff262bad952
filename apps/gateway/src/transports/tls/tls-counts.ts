import type { HandshakeFailure } from './handshake-failure.ts';

/** What the node counts of TLS; read when metrics are asked for. */
export class TlsCounts {
  /** Finished, by whether the client came back with a ticket. */
  full = 0;
  resumed = 0;
  readonly failures = new Map<HandshakeFailure, number>();
  /** Replaced files taken, and not taken. */
  renewals = 0;
  troubles = 0;
  /** Live connections ended because a list named their certificate. */
  revoked = 0;

  handshake(isResumed: boolean): void {
    if (isResumed) this.resumed++;
    else this.full++;
  }

  failed(failure: HandshakeFailure): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}
