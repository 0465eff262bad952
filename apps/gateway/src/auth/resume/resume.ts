import type { ResumeKey } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../../admission/identity.ts';
import { keepIdentity, recallIdentity } from './kept-identity.ts';
import { isProven, isUsableKey, makeChallenge, type OpenChallenge } from './resume-proof.ts';
import type { ResumeScene, ResumeSettings } from './resume-settings.ts';

export interface ResumeParts {
  /** Undefined where the device has no key. Rejects when Redis cannot be asked. */
  readonly read: (clientId: string) => Promise<(ResumeKey & { readonly newestEpoch: number }) | undefined>;
  /** @param until Unix ms */
  readonly write: (clientId: string, key: ResumeKey, until: number) => Promise<void>;
  /** Whether this identity would still be taken for that client id on that listener. */
  readonly stillTakes: (identity: Identity, clientId: string, listener: string) => Promise<boolean>;
  /** Unix ms. */
  readonly now: () => number;
}

/** Stable names: label of the metric, field of the log. */
export type ResumeOutcome =
  | 'resumed'
  | 'no-key'
  | 'wrong-epoch'
  | 'too-old'
  | 'wrong-proof'
  | 'identity-gone'
  | 'wrong-certificate'
  | 'expired'
  | 'store-away';

export type ResumeVerdict =
  | { readonly kind: 'resumed'; readonly identity: Identity; readonly key: ResumeKey }
  | { readonly kind: 'refused'; readonly reason: CloseReason; readonly outcome: ResumeOutcome };

/** A device's answer, and what it says of itself. */
export interface ResumeAnswer {
  readonly clientId: string;
  readonly epoch: number;
  readonly challenge: OpenChallenge;
  readonly proof: Buffer;
}

/** Who asks with a key nobody knows is asked like all others, so that nobody learns who was here. */
const nobodysKey = Buffer.from(makeChallenge().publicKey);

/**
 * Lets devices come back by a key they registered when they showed their credentials. What was refused has touched nothing: the
 * device's session is looked at only behind this.
 */
export class Resume {
  readonly #parts: ResumeParts;
  #settings: ResumeSettings;
  readonly outcomes = new Map<ResumeOutcome, number>();

  constructor(settings: ResumeSettings, parts: ResumeParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** For devices from now on. */
  configure(settings: ResumeSettings): void {
    this.#settings = settings;
  }

  /** Whether keys are spoken of on such a connection. */
  isOffered({ isEncrypted, remoteAddress }: ResumeScene): boolean {
    const { enabled, plainLoopback } = this.#settings;
    return enabled && (isEncrypted || (plainLoopback && isLoopback(remoteAddress)));
  }

  /** Judges an answer. */
  async judge(answer: ResumeAnswer, scene: ResumeScene): Promise<ResumeVerdict> {
    const verdict = await this.#judge(answer, scene).catch(() => refused('store-unavailable', 'store-away'));
    const outcome = verdict.kind === 'resumed' ? 'resumed' : verdict.outcome;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    return verdict;
  }

  /**
   * Keeps the key of a device that has just shown its credentials.
   * @returns until when it is good, Unix ms; undefined when it is not kept
   */
  async register(
    clientId: string,
    key: Buffer,
    epoch: number,
    identity: Identity,
  ): Promise<number | undefined> {
    if (identity.by === 'anonymous' || !isUsableKey(key)) return undefined;
    const provenAt = this.#parts.now();
    return this.#write(clientId, {
      key,
      epoch,
      previousEpoch: 0,
      provenAt,
      identity: keepIdentity(identity),
    });
  }

  /** The device is back by `key`, and speaks with another epoch from now on. */
  renew(clientId: string, key: ResumeKey, epoch: number): Promise<number | undefined> {
    return this.#write(clientId, { ...key, epoch, previousEpoch: key.epoch });
  }

  async #judge(
    { clientId, epoch, challenge, proof }: ResumeAnswer,
    scene: ResumeScene,
  ): Promise<ResumeVerdict> {
    const found = await this.#parts.read(clientId);
    const deviceKey = found?.key ?? nobodysKey;
    // First, whatever else there is: what follows tells something only to who has the key.
    const isRight = isProven(proof, challenge, { clientId, epoch, deviceKey });
    if (found === undefined) return refused('bad-credentials', 'no-key');
    if (!isRight) return refused('bad-credentials', 'wrong-proof');
    const isHis = epoch !== 0 && (epoch === found.epoch || epoch === found.previousEpoch);
    // Somebody else was here since, with credentials.
    if (!isHis || found.newestEpoch !== found.epoch) return refused('bad-credentials', 'wrong-epoch');
    const now = this.#parts.now();
    if (now >= found.provenAt + this.#settings.maxAgeSeconds * 1000)
      return refused('bad-credentials', 'too-old');
    return this.#recall(clientId, found, scene, now);
  }

  async #recall(clientId: string, key: ResumeKey, scene: ResumeScene, now: number): Promise<ResumeVerdict> {
    const recalled = recallIdentity(key.identity);
    if (recalled === undefined) return refused('bad-credentials', 'identity-gone');
    const { identity, spki } = recalled;
    if (spki !== undefined && spki !== scene.spki) return refused('bad-credentials', 'wrong-certificate');
    if ((identity.expiresAt ?? Infinity) <= now) return refused('credentials-expired', 'expired');
    if (!(await this.#parts.stillTakes(identity, clientId, scene.listener)))
      return refused('bad-credentials', 'identity-gone');
    return { kind: 'resumed', identity, key };
  }

  async #write(clientId: string, key: ResumeKey): Promise<number | undefined> {
    const until = key.provenAt + this.#settings.maxAgeSeconds * 1000;
    try {
      await this.#parts.write(clientId, key, until);
      return until;
    } catch {
      return undefined; // the device shows its credentials the next time
    }
  }
}

const refused = (reason: CloseReason, outcome: ResumeOutcome): ResumeVerdict => ({
  kind: 'refused',
  reason,
  outcome,
});

const isLoopback = (remoteAddress: string): boolean => /^(127\.|\[::1\]:|\[::ffff:127\.)/.test(remoteAddress);
