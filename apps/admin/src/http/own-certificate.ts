import type { Server as HttpsServer, ServerOptions } from 'node:https';
import {
  FileWatch,
  type Logger,
  readServerCertificate,
  type ServerCertificate,
  serverTls,
  systemClock,
  TicketKeys,
  TlsFileError,
  type TlsVersion,
} from '@tributary/runtime';

export interface OwnTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly minVersion: TlsVersion;
}

/** How a certificate in use stands. */
export interface CertificateState {
  /** Unix ms. */
  readonly validFrom: number;
  /** Unix ms. */
  readonly expiresAt: number;
  /** Why newer files are not in force; '' when they are. */
  readonly trouble: string;
}

/** A browser comes back within a working day without a full handshake. */
const ticketLifetimeSeconds = 12 * 3600;

/** The certificate this admin serves HTTPS with: renewed files are in force for new connections, without a restart. */
export class OwnCertificate {
  readonly #tls: OwnTls;
  readonly #logger: Logger;
  readonly #watch: FileWatch;
  readonly #tickets: TicketKeys;
  #certificate: ServerCertificate;
  #server: HttpsServer | undefined;
  #trouble = '';

  /** @throws TlsFileError when a file cannot be used */
  constructor(tls: OwnTls, logger: Logger) {
    this.#tls = tls;
    this.#logger = logger;
    // Before reading: what changes in between is noticed.
    this.#watch = new FileWatch({ files: [tls.certFile, tls.keyFile], onChange: () => this.#renew() });
    this.#tickets = new TicketKeys(ticketLifetimeSeconds * 1000, (keys) => this.#server?.setTicketKeys(keys));
    this.#certificate = readServerCertificate(tls);
  }

  get state(): CertificateState {
    const { validFrom, expiresAt } = this.#certificate;
    return { validFrom, expiresAt, trouble: this.#trouble };
  }

  options(): ServerOptions {
    return { ...this.#context(this.#certificate), handshakeTimeout: 10_000 };
  }

  /** Keeps the certificate of a server made with `options` up to date until `stop`. */
  keep(server: HttpsServer): void {
    this.#server = server;
    this.#watch.start();
    this.#tickets.start();
  }

  /** Idempotent. */
  stop(): void {
    this.#watch.stop();
    this.#tickets.stop();
  }

  #renew(): void {
    try {
      const certificate = this.#newer();
      this.#server?.setSecureContext(this.#context(certificate));
      this.#certificate = certificate;
      this.#trouble = '';
      this.#logger.info({ expiresAt: new Date(certificate.expiresAt).toISOString() }, 'certificate renewed');
    } catch (error) {
      const { message } = error as Error;
      this.#trouble = message;
      this.#logger.warn({ trouble: message }, 'changed certificate files are not taken, the old ones go on');
    }
  }

  /** @throws TlsFileError when the files are of no use */
  #newer(): ServerCertificate {
    const certificate = readServerCertificate(this.#tls);
    const { expiresAt } = certificate;
    if (expiresAt <= systemClock.now() && expiresAt < this.#certificate.expiresAt)
      throw new TlsFileError('expired', this.#tls.certFile, 'has expired');
    return certificate;
  }

  #context({ cert, key }: ServerCertificate): ServerOptions {
    const ticketKeys = this.#tickets.current;
    return {
      ...serverTls(this.#tls.minVersion),
      cert,
      key,
      ticketKeys,
      sessionTimeout: ticketLifetimeSeconds,
    };
  }
}
