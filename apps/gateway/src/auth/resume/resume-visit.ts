import type { ResumeKey } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../../admission/identity.ts';
import { type Challenge, makeChallenge, type OpenChallenge } from './resume-proof.ts';
import type { Resume } from './resume.ts';
import type { ResumeScene } from './resume-settings.ts';

/** One connection of a device that registers a key, or comes back by one. */
export class ResumeVisit {
  readonly #resume: Resume;
  readonly #scene: ResumeScene;
  /** To be registered. */
  readonly #newKey: Buffer | undefined;
  #challenge: OpenChallenge | undefined;
  /** What it came back by. */
  #proven: ResumeKey | undefined;

  constructor(resume: Resume, scene: ResumeScene, newKey: Buffer | undefined) {
    this.#resume = resume;
    this.#scene = scene;
    this.#newKey = newKey;
  }

  /** What the device has to answer. */
  challenge(): Challenge {
    return (this.#challenge = makeChallenge());
  }

  /** Who it is, or why not. One answer for each challenge. */
  async judge(clientId: string, epoch: number, proof: Buffer): Promise<Identity | CloseReason> {
    const challenge = this.#challenge;
    this.#challenge = undefined;
    if (challenge === undefined) return 'bad-credentials';
    const verdict = await this.#resume.judge({ clientId, epoch, challenge, proof }, this.#scene);
    if (verdict.kind === 'refused') return verdict.reason;
    // With the epoch the device knows, which is good until it has heard of another.
    this.#proven = { ...verdict.key, epoch };
    return verdict.identity;
  }

  /**
   * The device is in, with this epoch: its key is good for the next time.
   * @returns until when, Unix ms; undefined when it is not
   */
  async keep(clientId: string, epoch: number, identity: Identity): Promise<number | undefined> {
    const proven = this.#proven;
    // A method of authentication is there as long as its connection; what was proven has served.
    this.#proven = undefined;
    if (proven !== undefined) return this.#resume.renew(clientId, proven, epoch);
    if (this.#newKey === undefined) return undefined;
    return this.#resume.register(clientId, this.#newKey, epoch, identity);
  }
}
