import { randomBytes } from 'node:crypto';
import { listNodes, sendControls } from '@tributary/backplane';
import type { Connection } from '../connection/connection.ts';
import type { Operations } from '../operations/operations.ts';
import type { HandshakeFailure } from '../transports/tls/handshake-failure.ts';
import type { ListenerCertificate, TlsEvents } from '../transports/tls/tls-events.ts';
import type { PeerCertificate } from '../transports/tls/peer-certificate.ts';
import { TlsCounts } from '../transports/tls/tls-counts.ts';
import type { Ground } from './ground.ts';

/** What TLS asks of the node. */
export interface TlsSideParts extends Pick<
  Ground,
  'audit' | 'greeting' | 'keys' | 'logger' | 'monotonic' | 'nodeName' | 'registry' | 'store'
> {
  readonly operations: Pick<Operations, 'turnedAway'>;
}

/** The listeners, as far as their TLS is concerned. */
export interface TlsListeners {
  tlsOf(listener: string): { isRevoked(certificate: PeerCertificate): boolean } | undefined;
  certificates(): readonly ListenerCertificate[];
  refreshRevocations(): Promise<void>;
}

/** Connections looked at in one turn of the loop when something was revoked. */
const sweepBatch = 2000;
/** Figures change this seldom. */
const figuresEveryMs = 15_000;

/** What the node makes of what happens in TLS: counted, logged, told, and live connections of revoked certificates ended. */
export class TlsSide implements TlsEvents {
  readonly counts = new TlsCounts();
  readonly #parts: TlsSideParts;
  #listeners: TlsListeners | undefined;
  #figuresAt = Number.NEGATIVE_INFINITY;
  #hasToldSome = false;

  constructor(parts: TlsSideParts) {
    this.#parts = parts;
  }

  /** The listeners are there. */
  attach(listeners: TlsListeners): void {
    this.#listeners = listeners;
  }

  /** How the certificates of listeners stand. */
  certificates(): readonly ListenerCertificate[] {
    return this.#listeners?.certificates() ?? [];
  }

  /** Another node has found a newer revocation list. @returns 0: nobody has been ended for it yet */
  async refresh(): Promise<number> {
    await this.#listeners?.refreshRevocations();
    return 0;
  }

  onHandshake(_listener: string, isResumed: boolean): void {
    this.counts.handshake(isResumed);
  }

  onFailure(listener: string, address: string, failure: HandshakeFailure, detail: string): void {
    const { logger, operations } = this.#parts;
    this.counts.failed(failure);
    logger.debug({ listener, address, reason: failure, detail }, 'TLS handshake failed');
    // What says nothing about who it was is a matter of the network.
    if (failure === 'certificate-revoked') operations.turnedAway('certificate-revoked', address, listener);
    else if (aboutCertificate.has(failure)) operations.turnedAway('not-authorized', address, listener);
  }

  onRenewed(listener: string, { expiresAt }: { readonly expiresAt: number }): void {
    this.counts.renewals++;
    const detail = `in force until ${new Date(expiresAt).toISOString()}`;
    this.#parts.logger.info({ listener, detail }, 'TLS files renewed');
    this.#parts.audit.say({ kind: 'certificate', outcome: 'success', destination: listener, detail });
  }

  onTrouble(listener: string, place: string, error: Error & { code?: unknown }): void {
    this.counts.troubles++;
    const { logger, audit } = this.#parts;
    const [reason, detail] = [String(error.code ?? 'unknown'), error.message];
    logger.warn(
      { listener, place, reason, detail },
      'what was given for TLS is not taken, what was there goes on',
    );
    audit.say({ kind: 'certificate', outcome: 'failure', destination: listener, reason, detail });
  }

  onFetched(): void {
    this.#tellOthers().catch((error: unknown) =>
      this.#parts.logger.warn({ err: error }, 'could not tell other nodes of a newer revocation list'),
    );
  }

  onRevoked(listener: string): void {
    void this.#endRevoked(listener);
  }

  /** For the node's figures: JSON of how the certificates stand, when it is due. */
  figures(): { certificates?: string } {
    const at = this.#parts.monotonic();
    if (at - this.#figuresAt < figuresEveryMs) return {};
    const certificates = this.certificates().map(({ listener, validFrom, expiresAt, trouble = '' }) => ({
      ...{ listener, validFrom, expiresAt, trouble },
    }));
    // Before the doors are open there is nothing to tell; when the last with TLS is gone, that is.
    if (certificates.length === 0 && !this.#hasToldSome) return {};
    this.#figuresAt = at;
    this.#hasToldSome = certificates.length > 0;
    return { certificates: JSON.stringify(certificates) };
  }

  /** They would find it themselves, within `refreshMs`: sooner is better for a stolen device. */
  async #tellOthers(): Promise<void> {
    const { store, keys, nodeName } = this.#parts;
    const message = {
      type: 'revocations-changed',
      op: `crl-${randomBytes(9).toString('base64url')}`,
    } as const;
    const others = (await listNodes(store.redis, keys)).filter(({ node }) => node !== nodeName());
    await sendControls(
      store.redis,
      keys,
      others.map(({ node }) => ({ to: node, message })),
    );
  }

  /** A few at a time: with many devices on the node it would hold up all of them. */
  async #endRevoked(listener: string): Promise<void> {
    const { registry, greeting } = this.#parts;
    const sessions = [...registry.all()].map(({ connection }) => connection);
    for (const [i, connection] of [...greeting, ...sessions].entries()) {
      if (connection.listener === listener) this.#endIfRevoked(connection);
      if (i % sweepBatch === sweepBatch - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #endIfRevoked(connection: Connection): void {
    const { transport, listener, protocol } = connection;
    const { certificate, remoteAddress: source } = transport;
    if (certificate === undefined || connection.state === 'closed') return;
    if (this.#listeners?.tlsOf(listener)?.isRevoked(certificate) !== true) return;
    this.counts.revoked++;
    const detail = `certificate ${certificate.serial} of ${certificate.issuer}`;
    const facts = { source, destination: listener, protocol, reason: 'certificate-revoked', detail };
    this.#parts.audit.say({ kind: 'revoked', outcome: 'success', ...facts });
    connection.close('certificate-revoked');
  }
}

const aboutCertificate: ReadonlySet<HandshakeFailure> = new Set([
  'no-certificate',
  'untrusted-certificate',
  'certificate-expired',
  'certificate-not-yet-valid',
  'revocation-unknown',
]);
