import type { Server, TLSSocket } from 'node:tls';
import { arrivalOf } from '../arrival.ts';
import { checkClient } from './client-check.ts';
import { failureOf, type HandshakeFailure } from './handshake-failure.ts';
import { type PeerCertificate, rememberCertificate } from './peer-certificate.ts';
import type { RevocationCheck } from './revocation-check.ts';
import type { TlsEvents } from './tls-events.ts';
import type { ClientCertificate } from './tls-settings.ts';

export interface ClientAdmissionParts {
  readonly listener: string;
  readonly wanted: () => ClientCertificate;
  readonly revocations: RevocationCheck;
  readonly events: TlsEvents;
  /** Unix ms. */
  readonly now: () => number;
}

/** Judges the clients of one listener behind their handshakes, before anybody else sees them. */
export class ClientAdmission {
  readonly #parts: ClientAdmissionParts;

  constructor(parts: ClientAdmissionParts) {
    this.#parts = parts;
  }

  /** Stands in front of everything that takes secured connections of this server by now. */
  guard(server: Server): void {
    const inside = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
    server.removeAllListeners('secureConnection');
    server.on('secureConnection', (socket: TLSSocket) => {
      const enter = (isAdmitted: boolean): void => {
        if (isAdmitted) for (const take of inside) take.call(server, socket);
        else socket.destroy();
      };
      const answer = this.#admits(socket);
      if (typeof answer === 'boolean') enter(answer);
      else void answer.then(enter);
    });
    server.on('tlsClientError', (error: Error & { code?: string }, socket: TLSSocket) => {
      this.#failed(socket, failureOf(error, socket), error.code ?? '');
      socket.destroy();
    });
  }

  #admits(socket: TLSSocket): boolean | Promise<boolean> {
    const { wanted, revocations, now } = this.#parts;
    const verdict = checkClient(socket, wanted(), revocations, now());
    if ('failure' in verdict) {
      this.#failed(socket, verdict.failure, String(socket.authorizationError ?? ''));
      return false;
    }
    const { certificate } = verdict;
    const asked = certificate && revocations.byResponder(socket, certificate);
    if (asked === undefined) return this.#enters(socket, certificate);
    socket.on('error', () => {}); // its end is told by 'close'
    // What the client sends meanwhile waits in the socket, as nobody reads it.
    return asked.then((failure) => {
      if (failure !== undefined) this.#failed(socket, failure, 'ocsp');
      return failure === undefined && !socket.destroyed && this.#enters(socket, certificate);
    });
  }

  #enters(socket: TLSSocket, certificate: PeerCertificate | undefined): true {
    const { listener, revocations, events } = this.#parts;
    if (certificate !== undefined) {
      rememberCertificate(socket, certificate);
      revocations.entered(socket, certificate);
    }
    events.onHandshake(listener, socket.isSessionReused());
    return true;
  }

  #failed(socket: TLSSocket, failure: HandshakeFailure, detail: string): void {
    const { listener, events } = this.#parts;
    events.onFailure(listener, arrivalOf(socket).remoteAddress, failure, detail);
  }
}
