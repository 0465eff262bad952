import type { Server, TlsOptions } from 'node:tls';
import { FileWatch } from '@tributary/runtime';
import { ClientAdmission } from './client-admission.ts';
import { ListenerTickets, sessionContextOf } from './listener-tickets.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import { RevocationCheck } from './revocation-check.ts';
import type { ListenerCertificate, TlsEvents } from './tls-events.ts';
import { clientCertificateOf, type TlsSettings } from './tls-settings.ts';
import { readTlsMaterial, type TlsMaterial } from './tls-context.ts';

/**
 * TLS of one listener, for as long as anybody is connected there: certificates, authorities and revocation lists are watched
 * and replaced without touching a connection, session tickets outlive that, and clients are judged before anybody else sees them.
 */
export class ListenerTls {
  readonly #listener: string;
  readonly #events: TlsEvents;
  readonly #now: () => number;
  #settings: TlsSettings;
  #material: TlsMaterial;
  #tickets: ListenerTickets;
  readonly #revocations: RevocationCheck;
  readonly #admission: ClientAdmission;
  #watch: FileWatch;
  #server: Server | undefined;
  #trouble: string | undefined;

  /** @throws TlsFileError when a file cannot be used */
  constructor(listener: string, settings: TlsSettings, events: TlsEvents, now: () => number) {
    this.#listener = listener;
    this.#settings = settings;
    this.#events = events;
    this.#now = now;
    // Before reading: what changes in between is noticed.
    this.#watch = this.#watchFiles(settings);
    this.#material = readTlsMaterial(settings);
    this.#revocations = this.#makeRevocations();
    this.#tickets = this.#makeTickets();
    this.#admission = new ClientAdmission({
      ...{ listener, events, now, revocations: this.#revocations },
      wanted: () => clientCertificateOf(this.#settings),
    });
  }

  /** What `tls.createServer` and `https.createServer` take. */
  options(handshakeTimeoutMs: number): TlsOptions {
    return { ...this.#context(), ...this.#asking(), handshakeTimeout: handshakeTimeoutMs };
  }

  /** Takes over a server made with `options`, before it listens: nobody sees a client that was not judged. */
  guard(server: Server): void {
    this.#server = server;
    this.#admission.guard(server);
    // Revocation is looked after until the last connection has ended.
    server.once('close', () => this.stop());
  }

  /** Reads revocation lists, then watches. @throws RevocationListError when a file is none */
  async start(): Promise<void> {
    await this.#revocations.start();
    this.#watch.start();
    this.#tickets.start();
  }

  /** Idempotent. */
  stop(): void {
    this.#watch.stop();
    this.#tickets.stop();
    this.#revocations.stop();
  }

  /**
   * Other settings, for connections from now on. @throws TlsFileError when a file cannot be used; nothing has changed then
   */
  configure(settings: TlsSettings): void {
    const before = this.#settings;
    // As at the beginning: what changes from here on is noticed.
    const watch = this.#watchFiles(settings);
    const material = readTlsMaterial(settings);
    this.#watch.stop();
    this.#watch = watch;
    watch.start();
    this.#settings = settings;
    if (settings.ticketLifetimeSeconds !== before.ticketLifetimeSeconds) this.#exchangeTickets();
    else if (clientCertificateOf(settings) !== clientCertificateOf(before)) this.#tickets.renew();
    this.#adopt(material);
    this.#revocations.configure(settings);
  }

  /** Fetches the revocation lists anew: another node has found a newer one. */
  async refreshRevocations(): Promise<void> {
    await this.#revocations.refresh();
  }

  /** Whether a list in force names a certificate that was shown here, or one of its authorities, or a responder says so. */
  isRevoked(certificate: PeerCertificate): boolean {
    return this.#revocations.isRevoked(certificate);
  }

  get certificate(): ListenerCertificate {
    const { validFrom, expiresAt } = this.#material.certificate;
    const { nextUpdate: revocationsDue, trouble } = this.#revocations;
    const shown = { validFrom, expiresAt, revocationsDue };
    return { listener: this.#listener, ...shown, trouble: this.#trouble ?? trouble };
  }

  #reload(): void {
    try {
      this.#adopt(readTlsMaterial(this.#settings));
    } catch (error) {
      this.#complain('files', error as Error);
    }
  }

  #adopt(material: TlsMaterial): void {
    const before = this.#material;
    const { expiresAt } = material.certificate;
    if (expiresAt <= this.#now() && before.certificate.expiresAt > expiresAt) {
      return this.#complain('files', new Error(`${this.#settings.certFile}: has expired`));
    }
    this.#material = material;
    if (!sameForTickets(before, material)) this.#tickets.renew();
    this.#server?.setSecureContext(this.#context());
    // Node asks by these fields for each connection.
    if (this.#server !== undefined) Object.assign(this.#server, this.#asking());
    this.#trouble = undefined;
    this.#events.onRenewed(this.#listener, material.certificate);
    void this.#revocations.refresh();
  }

  #complain(place: string, error: Error): void {
    this.#trouble = error.message;
    this.#events.onTrouble(this.#listener, place, error);
  }

  #context(): TlsOptions {
    const sessionIdContext = sessionContextOf(this.#listener);
    return { ...this.#material.context, sessionIdContext, ticketKeys: this.#tickets.current };
  }

  #asking(): { requestCert: boolean; rejectUnauthorized: boolean } {
    const wanted = clientCertificateOf(this.#settings);
    return { requestCert: wanted !== 'none', rejectUnauthorized: wanted === 'require' };
  }

  #watchFiles({ certFile, keyFile, caFile, ticketKeyFile }: TlsSettings): FileWatch {
    const files = [certFile, keyFile, caFile, ticketKeyFile].filter((file) => file !== undefined);
    return new FileWatch({ files, onChange: () => this.#reload() });
  }

  #exchangeTickets(): void {
    this.#tickets.stop();
    this.#tickets = this.#makeTickets();
    this.#tickets.start();
  }

  #onRevoked(byList: boolean): void {
    // Whose authority was revoked would come back with a ticket that does not show it.
    if (byList) this.#tickets.renew();
    this.#events.onRevoked(this.#listener);
  }

  #makeTickets(): ListenerTickets {
    return new ListenerTickets({
      lifetimeMs: this.#settings.ticketLifetimeSeconds * 1000,
      now: this.#now,
      facts: () => ({
        secret: this.#material.ticketSecret,
        listener: this.#listener,
        asks: clientCertificateOf(this.#settings),
        authorities: this.#material.authorities,
        lists: this.#revocations.listsInForce,
      }),
      onRenewed: (keys) => this.#server?.setTicketKeys(keys),
    });
  }

  #makeRevocations(): RevocationCheck {
    const listener = this.#listener;
    return new RevocationCheck(this.#settings, {
      authorities: () => this.#material.authorities,
      now: this.#now,
      onTrouble: (place, error) => this.#events.onTrouble(listener, place, error),
      onFetched: () => this.#events.onFetched(listener),
      onRevoked: (byList) => this.#onRevoked(byList),
      onLists: () => this.#tickets.follow(),
    });
  }
}

/** A ticket tells of a chain that was verified with the authorities of then. */
function sameForTickets(before: TlsMaterial, after: TlsMaterial): boolean {
  const facts = ({ authorities, ticketSecret }: TlsMaterial): string =>
    JSON.stringify([
      authorities.map(({ fingerprint256 }) => fingerprint256).toSorted(),
      ticketSecret?.toString('base64'),
    ]);
  return facts(before) === facts(after);
}
