import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { HandshakeFailure } from './handshake-failure.ts';
import { Ocsp, type OcspSettings } from './ocsp/ocsp.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import { Revocations, type RevocationSettings, type RevocationStatus } from './revocations.ts';

/** How it is found out whether a client certificate was revoked; nothing of both: it is not. */
export interface RevocationCheckSettings {
  readonly crl?: RevocationSettings | undefined;
  readonly ocsp?: OcspSettings | undefined;
}

export interface RevocationCheckParts {
  /** Who may issue lists here. */
  readonly authorities: () => readonly X509Certificate[];
  /** Unix ms. */
  readonly now: () => number;
  readonly onTrouble: (place: string, error: Error) => void;
  /** A newer list was fetched, which other nodes may not have. */
  readonly onFetched: () => void;
  /** Other lists are in force, or none any more. */
  readonly onLists: () => void;
  /** Something is revoked that was not before. `byList`: it may be an authority, which a session ticket does not show. */
  readonly onRevoked: (byList: boolean) => void;
}

/** What is known at one listener of revoked certificates, from lists and from a responder. Can be told other ways while it runs. */
export class RevocationCheck {
  readonly #parts: RevocationCheckParts;
  #settings: RevocationCheckSettings;
  /** Who is connected, should a responder be asked some day. */
  readonly #connected = new Map<TLSSocket, PeerCertificate>();
  #lists: Revocations | undefined;
  #ocsp: Ocsp | undefined;
  #isStopped = false;

  constructor(settings: RevocationCheckSettings, parts: RevocationCheckParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#lists = this.#makeLists();
    this.#ocsp = this.#makeOcsp();
  }

  /** @throws RevocationListError naming a file that is no list */
  async start(): Promise<void> {
    await this.#lists?.start();
    this.#ocsp?.start();
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#lists?.stop();
    this.#ocsp?.stop();
  }

  /** For connections from now on; whoever is connected is judged again. */
  configure(settings: RevocationCheckSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    if (JSON.stringify(settings.crl) !== JSON.stringify(before.crl)) this.#exchangeLists();
    if (JSON.stringify(settings.ocsp) !== JSON.stringify(before.ocsp)) this.#exchangeOcsp();
  }

  /** Reads and fetches all lists anew. */
  async refresh(): Promise<void> {
    await this.#lists?.refresh();
  }

  /** A client is in. */
  entered(socket: TLSSocket, certificate: PeerCertificate): void {
    this.#connected.set(socket, certificate);
    socket.once('close', () => this.#connected.delete(socket));
  }

  isRevoked(certificate: PeerCertificate): boolean {
    if (this.#ocsp?.statusOf(certificate) === 'revoked') return true;
    return this.#lists?.statusOf(certificate.chain, this.#parts.now()) === 'revoked';
  }

  /** What the lists have against it. */
  byLists({ chain }: PeerCertificate): HandshakeFailure | undefined {
    return this.#lists && failureFor(this.#lists.statusOf(chain, this.#parts.now()), this.#lists);
  }

  /**
   * What a responder, or meanwhile a list, has against it; undefined when nobody is to be asked. Never rejects.
   */
  byResponder(
    socket: TLSSocket,
    certificate: PeerCertificate,
  ): Promise<HandshakeFailure | undefined> | undefined {
    const ocsp = this.#ocsp;
    if (ocsp === undefined) return undefined;
    return ocsp
      .ask(socket, certificate)
      .then((status) => failureFor(status, ocsp) ?? this.byLists(certificate));
  }

  /** A text that is the same wherever the same lists are in force. */
  get listsInForce(): string {
    return this.#lists?.inForce ?? '';
  }

  /** Unix ms at which the first list is out of date; Infinity without any that says so. */
  get nextUpdate(): number {
    return this.#lists?.nextUpdate ?? Infinity;
  }

  /** What is wrong now, in words. */
  get trouble(): string | undefined {
    const { trouble = '' } = this.#ocsp ?? {};
    const byLists = this.#lists?.trouble(this.#parts.now());
    return byLists ?? (trouble === '' ? undefined : `the OCSP responder: ${trouble}`);
  }

  /** Those of before are asked until the new ones know as much. */
  #exchangeLists(): void {
    const before = this.#lists;
    const next = this.#makeLists();
    if (before === undefined || next === undefined) {
      before?.stop();
      this.#lists = next;
      this.#parts.onLists();
    }
    void next?.begin().then(() => {
      if (this.#isStopped || this.#settings.crl !== next.settings) return next.stop();
      before?.stop();
      this.#lists = next;
      this.#parts.onRevoked(true);
    });
  }

  #exchangeOcsp(): void {
    const before = this.#ocsp;
    before?.stop();
    this.#ocsp = this.#makeOcsp(before);
    this.#ocsp?.start();
    if (before === undefined) void this.#ocsp?.askAll(this.#connected);
  }

  #makeLists(): Revocations | undefined {
    const { crl } = this.#settings;
    return crl && new Revocations(crl, { ...this.#parts, onRevoked: () => this.#parts.onRevoked(true) });
  }

  #makeOcsp(before?: Ocsp): Ocsp | undefined {
    const { ocsp } = this.#settings;
    return ocsp && new Ocsp(ocsp, { ...this.#parts, onRevoked: () => this.#parts.onRevoked(false) }, before);
  }
}

function failureFor(
  status: RevocationStatus,
  policy: { refuses(status: RevocationStatus): boolean },
): HandshakeFailure | undefined {
  if (!policy.refuses(status)) return undefined;
  return status === 'revoked' ? 'certificate-revoked' : 'revocation-unknown';
}
