import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { FileWatch, type Logger } from '@tributary/runtime';
import type { CertificateFacts } from '../../certificate-facts.ts';
import type { Authenticator, Credentials, Verdict } from '../authenticator.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { BoundedGate, GateFull } from '../bounded-gate.ts';
import { BreakerOpen, CircuitBreaker, type BreakerLimits } from '../circuit-breaker.ts';
import { boundedRequest } from '../http/bounded-request.ts';
import { KeyedDigest } from '../keyed-digest.ts';
import { accepted, pass, refused } from '../verdicts.ts';
import { readAnswer, type Unanswered, type WebhookAnswer } from './webhook-answer.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly caFile?: string | undefined;
  readonly cacheSeconds: number;
  readonly denyCacheSeconds: number;
  readonly maxCached: number;
  readonly maxAnswerBytes: number;
  readonly maxAsking: number;
  readonly maxWaiting: number;
  readonly breaker: BreakerLimits & { readonly timeoutMs: number };
  readonly logger: Logger;
  /** Unix ms */
  readonly now: () => number;
  /** ms */
  readonly monotonic: () => number;
}

/** A longer password is not sent on: it would be somebody else's memory to fill. */
const maxPasswordBytes = 16 * 1024;
/** Of what is remembered so much is of those who are not let in: a quarter. */
const shareOfOthers = 4;

/** A server of the operator's is asked who a device is. Whatever goes wrong with that lets nobody in. */
export class WebhookAuthenticator implements Authenticator {
  readonly name: string;
  readonly #options: WebhookOptions;
  readonly #agent: HttpAgent;
  readonly #gate: BoundedGate;
  readonly #breaker: CircuitBreaker;
  readonly #allowed: BoundedCache<WebhookAnswer>;
  /** Apart, so that who guesses does not have it forgotten who was let in. */
  readonly #others: BoundedCache<WebhookAnswer>;
  readonly #digest = new KeyedDigest();
  readonly #watch: FileWatch;
  #ca: Buffer | undefined;

  constructor(options: WebhookOptions) {
    this.name = options.name;
    this.#options = options;
    const { url, maxAsking, maxWaiting, breaker, monotonic, maxCached } = options;
    const sockets = { keepAlive: true, maxSockets: maxAsking, maxFreeSockets: Math.min(8, maxAsking) };
    this.#agent = url.startsWith('https:') ? new HttpsAgent(sockets) : new HttpAgent(sockets);
    this.#gate = new BoundedGate({ maxRunning: maxAsking, maxWaiting });
    this.#breaker = new CircuitBreaker(breaker, monotonic);
    const others = Math.floor(maxCached / shareOfOthers);
    this.#allowed = new BoundedCache(maxCached - others);
    this.#others = new BoundedCache(others);
    const files = options.caFile === undefined ? [] : [options.caFile];
    this.#watch = new FileWatch({ files, onChange: () => void this.#reread() });
  }

  get waiting(): number {
    return this.#gate.waiting;
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#readAuthorities();
  }

  stop(): void {
    this.#watch.stop();
    this.#agent.destroy();
    this.#allowed.clear();
    this.#others.clear();
  }

  async authenticate(shown: Credentials): Promise<Verdict> {
    const { password, address } = shown;
    if (password !== undefined && password.length > maxPasswordBytes)
      return refused('bad-credentials', 'a password longer than is sent on');
    const question = JSON.stringify(questionOf(shown));
    // All of it: the server may have gone by any word of it.
    const key = this.#digest.of(question);
    const nowMs = this.#options.monotonic();
    const remembered = this.#allowed.get(key, nowMs) ?? this.#others.get(key, nowMs);
    if (remembered !== undefined) return this.#verdict(remembered, shown);
    try {
      const answer = await this.#gate.run(address, () => this.#breaker.run(() => this.#ask(question)));
      if (answer.result === 'unanswered') return withoutAnswer(answer);
      this.#remember(key, answer);
      return this.#verdict(answer, shown);
    } catch (error) {
      return this.#failed(error);
    }
  }

  isServerDown(): boolean {
    return this.#breaker.state !== 'closed';
  }

  async #ask(question: string): Promise<WebhookAnswer | Unanswered> {
    const { url, headers, caFile, breaker, maxAnswerBytes: maxBytes } = this.#options;
    if (caFile !== undefined && this.#ca === undefined) throw new Error('its authorities could not be read');
    const answer = await boundedRequest({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept': 'application/json', ...headers },
      body: question,
      timeoutMs: breaker.timeoutMs,
      maxBytes,
      agent: this.#agent,
      ca: this.#ca,
    });
    return readAnswer(answer);
  }

  async #readAuthorities(): Promise<void> {
    const { caFile } = this.#options;
    if (caFile !== undefined) this.#ca = await readFile(caFile);
  }

  async #reread(): Promise<void> {
    const { logger, caFile: file } = this.#options;
    await this.#readAuthorities().then(
      () => logger.info({ authenticator: this.name, file }, 'authorities read again'),
      (error: unknown) =>
        logger.error(
          { err: error, authenticator: this.name, file },
          'authorities cannot be read, the old ones stay',
        ),
    );
  }

  #remember(key: string, answer: WebhookAnswer): void {
    const { cacheSeconds, denyCacheSeconds, monotonic, now } = this.#options;
    const usual = answer.result === 'allow' ? cacheSeconds : denyCacheSeconds;
    const seconds = Math.min(usual, answer.cacheSeconds ?? usual);
    const leftMs = answer.expiresAt === undefined ? Infinity : answer.expiresAt * 1000 - now();
    const keptMs = Math.min(seconds * 1000, leftMs);
    const cache = answer.result === 'allow' ? this.#allowed : this.#others;
    if (keptMs > 0) cache.set(key, answer, monotonic() + keptMs);
  }

  #verdict(answer: WebhookAnswer, { user }: Credentials): Verdict {
    if (answer.result === 'ignore') return pass;
    if (answer.result === 'deny') return refused('bad-credentials', 'the server said no');
    const { clientId, claims = {}, expiresAt } = answer;
    return accepted(this.name, {
      user: answer.user ?? user ?? clientId,
      clientId,
      claims,
      class: answer.class,
      expiresAt: expiresAt === undefined ? undefined : expiresAt * 1000,
    });
  }

  #failed(error: unknown): Verdict {
    if (error instanceof GateFull) return refused('server-busy', 'too many questions wait');
    if (error instanceof BreakerOpen)
      return refused('auth-unavailable', 'the server is left alone for a while');
    const why = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ authenticator: this.name, why }, 'an authentication server failed');
    return refused('auth-unavailable', 'the server failed');
  }
}

/** Never wrong credentials: with a wrong address of the server the whole fleet would be banned for those. */
function withoutAnswer({ status }: Unanswered): Verdict {
  return status === 429
    ? refused('server-busy', 'the server takes no more questions now (429)')
    : refused('auth-unavailable', `the server cannot answer for this device (${status})`);
}

/** What is asked, as docs/operations.md says it. Bytes that are no UTF-8 go as base64. */
function questionOf({ password, certificate, ...rest }: Credentials): Readonly<Record<string, unknown>> {
  const text = password?.toString('utf8');
  const isText = text === undefined || Buffer.from(text).equals(password!);
  return {
    clientId: rest.clientId,
    isAssigned: rest.isAssigned,
    user: rest.user,
    ...(isText ? { password: text } : { passwordBase64: password!.toString('base64') }),
    address: rest.address,
    listener: rest.listener,
    protocol: rest.protocol,
    isEncrypted: rest.isEncrypted,
    certificate: certificate && factsOf(certificate),
  };
}

/** What stands in a certificate, and nothing a listener keeps beside it. */
function factsOf({ commonName, alternativeNames, ...rest }: CertificateFacts): CertificateFacts {
  const { fingerprint, spki, serial, issuer, expiresAt } = rest;
  return { commonName, alternativeNames, fingerprint, spki, serial, issuer, expiresAt };
}
