import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { download } from '../download.ts';
import type { PeerCertificate } from '../peer-certificate.ts';
import type { RevocationStatus } from '../revocations.ts';
import { Issuers } from './issuers.ts';
import { readOcspAnswer } from './ocsp-answer.ts';
import { type OcspQuestion, questionAbout } from './ocsp-question.ts';

export interface OcspSettings {
  /** `http:` or `https:`. */
  readonly url: string;
  /** For one question. */
  readonly timeoutMs: number;
  /** Longest time an answer is believed. */
  readonly refreshMs: number;
  /** What a certificate counts as that the responder says nothing of: `soft` good, `hard` refused. */
  readonly stale: 'soft' | 'hard';
}

export interface OcspParts {
  /** Whom certificates of clients lead up to. */
  readonly authorities: () => readonly X509Certificate[];
  /** Unix ms. */
  readonly now: () => number;
  /** A certificate is revoked that was not before. */
  readonly onRevoked: () => void;
  /** The responder cannot be asked, or not believed. Told once for the same trouble. */
  readonly onTrouble: (place: string, error: Error) => void;
}

const maxAnswerBytes = 64 * 1024;
/** Answers that are kept; oldest leave first. */
const maxAnswers = 20_000;
/** Questions at a time; who comes on top counts as unknown. */
const maxAsking = 256;
/** Questions at a time about those who are connected. */
const maxAskingAgain = 8;
const leastAgainMs = 1000;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Followed {
  readonly question: OcspQuestion;
  /** Connections with that certificate. */
  connections: number;
}

/** Who came, whoever is asked about them. */
interface Clients {
  /** Those who are connected. */
  readonly followed: Map<string, Followed>;
  readonly keys: WeakMap<PeerCertificate, string>;
  readonly issuers: Issuers;
}

const nobodyYet = (): Clients => ({ followed: new Map(), keys: new WeakMap(), issuers: new Issuers() });

/** Asks a responder (RFC 6960) about client certificates, when they come and for as long as they are connected. */
export class Ocsp {
  readonly settings: OcspSettings;
  readonly #parts: OcspParts;
  readonly #answers = new Map<string, { readonly status: RevocationStatus; readonly until: number }>();
  readonly #asking = new Map<string, Promise<RevocationStatus>>();
  readonly #clients: Clients;
  #timer: NodeJS.Timeout | undefined;
  #isAskingAgain = false;
  #isStopped = false;
  trouble = '';

  /** @param before who was asked until now: whoever is connected is looked after from here on */
  constructor(settings: OcspSettings, parts: OcspParts, before?: Ocsp) {
    this.settings = settings;
    this.#parts = parts;
    this.#clients = before === undefined ? nobodyYet() : before.#clients;
  }

  /** Idempotent. Holds no process open. */
  start(): void {
    const everyMs = Math.max(leastAgainMs, this.settings.refreshMs / 4);
    this.#timer ??= setInterval(() => void this.#askAgain(), everyMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** What the responder says of a certificate that was shown. Never rejects. */
  async ask(socket: TLSSocket, certificate: PeerCertificate): Promise<RevocationStatus> {
    const question = this.#questionOf(socket.getPeerCertificate(true), certificate);
    if (question === undefined) return 'unknown';
    const key = question.certId.toString('latin1');
    this.#clients.keys.set(certificate, key);
    this.#follow(key, question, socket);
    return this.#ask(key, question);
  }

  /** About those who came before anybody was asked; a few at a time. */
  async askAll(connected: ReadonlyMap<TLSSocket, PeerCertificate>): Promise<void> {
    let isAnyRevoked = false;
    await this.#eachOf([...connected].values(), async ([socket, certificate]) => {
      if (!socket.destroyed && (await this.ask(socket, certificate)) === 'revoked') isAnyRevoked = true;
      await nextTurn(); // what is known already takes no time
    });
    // Again: when the answer came, others with that certificate may not have had their turn.
    if (isAnyRevoked && !this.#isStopped) this.#parts.onRevoked();
  }

  /** As far as it is known now. */
  statusOf(certificate: PeerCertificate): RevocationStatus {
    const key = this.#clients.keys.get(certificate);
    return (key === undefined ? undefined : this.#answers.get(key)?.status) ?? 'unknown';
  }

  /** Whether somebody with this status is kept out. */
  refuses(status: RevocationStatus): boolean {
    return status === 'revoked' || (status === 'unknown' && this.settings.stale === 'hard');
  }

  #questionOf(peer: DetailedPeerCertificate, { chain }: PeerCertificate): OcspQuestion | undefined {
    try {
      const authorities = this.#parts.authorities();
      const issuer = this.#clients.issuers.of(peer, chain[0]?.issuerKey ?? '', authorities);
      return issuer && questionAbout(peer, issuer);
    } catch {
      return undefined; // OpenSSL reads more than we do
    }
  }

  async #ask(key: string, question: OcspQuestion): Promise<RevocationStatus> {
    const known = this.#answers.get(key);
    if (known !== undefined && this.#parts.now() < known.until) return known.status;
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    // What is known to be revoked does not become better by nobody answering.
    const otherwise = known?.status === 'revoked' ? 'revoked' : 'unknown';
    if (this.#asking.size >= maxAsking) return otherwise;
    const asked = this.#fetch(key, question, otherwise).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }

  async #fetch(key: string, question: OcspQuestion, otherwise: RevocationStatus): Promise<RevocationStatus> {
    const { url, timeoutMs, refreshMs } = this.settings;
    const body = { type: 'application/ocsp-request', bytes: question.request };
    try {
      const found = await download(url, { body }, { maxBytes: maxAnswerBytes, timeoutMs });
      const now = this.#parts.now();
      const { status, nextUpdate = Infinity } = readOcspAnswer(found!.bytes, question, now);
      this.trouble = '';
      this.#remember(key, status, Math.min(nextUpdate, now + refreshMs));
      if (status === 'revoked' && otherwise !== 'revoked' && !this.#isStopped) this.#parts.onRevoked();
      return status;
    } catch (error) {
      this.#complain(error as Error);
      return otherwise;
    }
  }

  #remember(key: string, status: RevocationStatus, until: number): void {
    this.#answers.delete(key);
    this.#answers.set(key, { status, until });
    if (this.#answers.size <= maxAnswers) return;
    const [oldest] = this.#answers.keys();
    this.#answers.delete(oldest!);
  }

  #complain(error: Error): void {
    if (!this.#isStopped && error.message !== this.trouble) this.#parts.onTrouble('ocsp', error);
    this.trouble = error.message;
  }

  #follow(key: string, question: OcspQuestion, socket: TLSSocket): void {
    const followed = this.#clients.followed.get(key) ?? { question, connections: 0 };
    followed.connections++;
    this.#clients.followed.set(key, followed);
    socket.once('close', () => {
      if (--followed.connections === 0) this.#clients.followed.delete(key);
    });
  }

  /** About everybody who is connected and of whom nothing new was heard; a few at a time. */
  async #askAgain(): Promise<void> {
    if (this.#isAskingAgain) return;
    this.#isAskingAgain = true;
    await this.#eachOf([...this.#clients.followed].values(), ([key, { question }]) =>
      this.#ask(key, question),
    );
    this.#isAskingAgain = false;
  }

  /** A few at a time, until it is stopped. */
  async #eachOf<T>(all: IterableIterator<T>, ask: (one: T) => Promise<unknown>): Promise<void> {
    const work = async (): Promise<void> => {
      for (const one of all) {
        if (this.#isStopped) return;
        await ask(one);
      }
    };
    await Promise.all(Array.from({ length: maxAskingAgain }, work));
  }
}
