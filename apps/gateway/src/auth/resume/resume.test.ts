import { generateKeyPairSync } from 'node:crypto';
import type { ResumeKey } from '@tributary/backplane';
import { describe, expect, test } from 'vitest';
import { anonymous, type Identity } from '../../admission/identity.ts';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { type Challenge, proofOf, sharedSecret } from './resume-proof.ts';
import { Resume } from './resume.ts';
import { keyIn, resumeMethod } from './resume-method.ts';
import type { ResumeScene } from './resume-settings.ts';
import { ResumeVisit } from './resume-visit.ts';

const hourMs = 3_600_000;
const tls: ResumeScene = {
  listener: 'mqtts',
  remoteAddress: '192.0.2.1:1',
  isEncrypted: true,
  spki: undefined,
};
const alice: Identity = { ...anonymous, by: 'users', user: 'alice', claims: { site: 'a' } };
const certificate = { spki: 'pin', expiresAt: 0 } as CertificateFacts;

/** A device that was here with epoch 7, and what Redis has of it. */
class Desk {
  now = 1_700_000_000_000;
  newestEpoch = 7;
  takes = true;
  isAway = false;
  kept: { key: ResumeKey; until: number } | undefined;
  readonly #device = generateKeyPairSync('x25519');
  readonly resume = new Resume(
    { enabled: true, maxAgeSeconds: 24 * 3600, plainLoopback: false },
    {
      now: () => this.now,
      stillTakes: async () => this.takes,
      read: async () => {
        if (this.isAway) throw new Error('away');
        return this.kept === undefined ? undefined : { ...this.kept.key, newestEpoch: this.newestEpoch };
      },
      write: async (_clientId, key, until) => {
        if (this.isAway) throw new Error('away');
        this.kept = { key, until };
      },
    },
  );

  get deviceKey(): Buffer {
    return this.#device.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  }

  async register(identity: Identity = alice): Promise<number | undefined> {
    return this.visit().keep('pump-1', 7, identity);
  }

  visit(scene: ResumeScene = tls): ResumeVisit {
    return new ResumeVisit(this.resume, scene, this.deviceKey);
  }

  answer(challenge: Challenge, epoch: number, clientId = 'pump-1'): Buffer {
    const shared = sharedSecret(this.#device.privateKey, challenge.publicKey)!;
    return proofOf(shared, challenge, { clientId, epoch, deviceKey: this.deviceKey });
  }

  /** Who it is when it comes back, or why not. */
  async comeBack(epoch = 7, scene: ResumeScene = tls): Promise<Identity | string> {
    const visit = this.visit(scene);
    return visit.judge('pump-1', epoch, this.answer(visit.challenge(), epoch));
  }

  get outcome(): string | undefined {
    return [...this.resume.outcomes.keys()].at(-1);
  }
}

async function registered(identity: Identity = alice): Promise<Desk> {
  const desk = new Desk();
  await desk.register(identity);
  return desk;
}

test('a device comes back as who it was', async () => {
  const desk = new Desk();
  expect(await desk.register()).toBe(desk.now + 24 * hourMs);
  desk.now += hourMs;
  expect(await desk.comeBack()).toEqual(alice);
  expect(desk.outcome).toBe('resumed');
});

test('being back does not make the key last longer, and its epoch is the new one', async () => {
  const desk = await registered();
  const until = desk.kept!.until;
  desk.now += hourMs;
  const visit = desk.visit();
  const identity = (await visit.judge('pump-1', 7, desk.answer(visit.challenge(), 7))) as Identity;
  expect(await visit.keep('pump-1', 9, identity)).toBe(until);
  expect(desk.kept!.key).toMatchObject({ epoch: 9, previousEpoch: 7 });
  desk.newestEpoch = 9;
  // The device may never have heard of 9.
  expect(await desk.comeBack(7)).toEqual(alice);
  expect(await desk.comeBack(9)).toEqual(alice);
});

test('however often its CONNACK is lost, the epoch it knows is good', async () => {
  const desk = await registered();
  for (const epoch of [8, 9, 10]) {
    const visit = desk.visit();
    const identity = await visit.judge('pump-1', 7, desk.answer(visit.challenge(), 7));
    expect(identity).toEqual(alice);
    await visit.keep('pump-1', epoch, alice);
    desk.newestEpoch = epoch;
  }
});

describe('is refused', () => {
  test.each<[string, string, (desk: Desk) => void, number?]>([
    ['without a key', 'no-key', (desk) => (desk.kept = undefined)],
    ['after a day', 'too-old', (desk) => (desk.now += 24 * hourMs)],
    ['when somebody else was here since', 'wrong-epoch', (desk) => (desk.newestEpoch = 8)],
    ['with an epoch it never had', 'wrong-epoch', () => undefined, 6],
    ['with epoch 0, which nobody had', 'wrong-epoch', () => undefined, 0],
    ['when it would not be taken any more', 'identity-gone', (desk) => (desk.takes = false)],
    ['when Redis cannot be asked', 'store-away', (desk) => (desk.isAway = true)],
  ])('%s', async (_when, outcome, spoil, epoch = 7) => {
    const desk = await registered();
    spoil(desk);
    expect(await desk.comeBack(epoch)).toBe(
      outcome === 'store-away' ? 'store-unavailable' : 'bad-credentials',
    );
    expect(desk.outcome).toBe(outcome);
  });

  test('when what it showed has run out meanwhile', async () => {
    const desk = await registered({ ...alice, expiresAt: 1_700_000_000_000 + hourMs });
    expect(await desk.comeBack()).toMatchObject({ user: 'alice' });
    desk.now += hourMs;
    expect(await desk.comeBack()).toBe('credentials-expired');
  });

  test('without the certificate it had shown', async () => {
    const desk = await registered({ ...alice, certificate });
    expect(await desk.comeBack(7, { ...tls, spki: 'pin' })).toMatchObject({ user: 'alice' });
    expect(await desk.comeBack(7, { ...tls, spki: 'another' })).toBe('bad-credentials');
    expect(await desk.comeBack()).toBe('bad-credentials');
    expect(desk.outcome).toBe('wrong-certificate');
  });

  test('with an answer to another challenge, and when it answers twice', async () => {
    const desk = await registered();
    const visit = desk.visit();
    const early = desk.answer(visit.challenge(), 7);
    const right = desk.answer(visit.challenge(), 7);
    expect(await visit.judge('pump-1', 7, early)).toBe('bad-credentials');
    expect(await visit.judge('pump-1', 7, right)).toBe('bad-credentials');
    expect(desk.kept!.key.epoch).toBe(7);
  });
});

describe('no key is kept', () => {
  test('of who showed no credentials, or of a key that is none', async () => {
    const desk = new Desk();
    expect(await desk.register(anonymous)).toBeUndefined();
    const weak = new ResumeVisit(desk.resume, tls, Buffer.alloc(32));
    expect(await weak.keep('pump-1', 7, alice)).toBeUndefined();
    expect(await new ResumeVisit(desk.resume, tls, undefined).keep('pump-1', 7, alice)).toBeUndefined();
    expect(desk.kept).toBeUndefined();
  });

  test('while Redis is away, and nobody is turned away for it', async () => {
    const desk = new Desk();
    desk.isAway = true;
    expect(await desk.register()).toBeUndefined();
  });
});

test('it is offered over TLS, and on the loopback where that is asked for', () => {
  const { resume } = new Desk();
  const plain = { ...tls, isEncrypted: false };
  const local = ['127.0.0.1:5', '[::1]:5'].map((remoteAddress) => ({ ...plain, remoteAddress }));
  expect([tls, plain, ...local].map((scene) => resume.isOffered(scene))).toEqual([true, false, false, false]);
  resume.configure({ enabled: true, maxAgeSeconds: 60, plainLoopback: true });
  expect([tls, plain, ...local].map((scene) => resume.isOffered(scene))).toEqual([true, false, true, true]);
  resume.configure({ enabled: false, maxAgeSeconds: 60, plainLoopback: true });
  expect(resume.isOffered(tls)).toBe(false);
});

describe('as a method of MQTT 5', () => {
  const hello = (epoch: bigint, version = 1): Buffer => {
    const bytes = Buffer.alloc(9, version);
    bytes.writeBigUInt64BE(epoch, 1);
    return bytes;
  };

  test('the device names its epoch, is asked, and answers', async () => {
    const desk = await registered();
    const exchange = resumeMethod(desk.visit()).begin('pump-1', false);
    const asked = await exchange.next(hello(7n));
    if (asked.kind !== 'continue') return expect.fail(asked.kind);
    expect(asked.data.length).toBe(65);
    const challenge = { nonce: asked.data.subarray(1, 33), publicKey: asked.data.subarray(33) };
    const answer = await exchange.next(desk.answer(challenge, 7));
    expect(answer).toEqual({ kind: 'success', identity: alice });
  });

  test.each([
    ['nothing', undefined],
    ['too little', hello(7n).subarray(0, 8)],
    ['too much', Buffer.concat([hello(7n), Buffer.of(0)])],
    ['another version', hello(7n, 2)],
    ['an epoch no number holds', hello(2n ** 64n - 1n)],
  ])('%s to begin with is refused', async (_what, data) => {
    const desk = await registered();
    const answer = await resumeMethod(desk.visit()).begin('pump-1', false).next(data);
    expect(answer).toEqual({ kind: 'refused', reason: 'bad-credentials' });
  });

  test('an answer of any other length is refused, and so is another try', async () => {
    const desk = await registered();
    for (const proof of [undefined, Buffer.alloc(0), Buffer.alloc(65_535)]) {
      const exchange = resumeMethod(desk.visit()).begin('pump-1', false);
      await exchange.next(hello(7n));
      expect(await exchange.next(proof)).toEqual({ kind: 'refused', reason: 'bad-credentials' });
      expect(await exchange.next(proof)).toEqual({ kind: 'refused', reason: 'bad-credentials' });
    }
  });

  test('there is nothing to come back to on a connection that stands', async () => {
    const desk = await registered();
    const answer = await resumeMethod(desk.visit()).begin('pump-1', true).next(hello(7n));
    expect(answer).toEqual({ kind: 'refused', reason: 'not-authorized' });
  });
});

test('a key is written as base64 of 32 bytes, and no other way', () => {
  const key = Buffer.alloc(32, 7);
  expect(keyIn(key.toString('base64'))).toEqual(key);
  for (const text of [
    undefined,
    7,
    '',
    key.toString('hex'),
    key.toString('base64url'),
    `${key.toString('base64')}=`,
  ])
    expect(keyIn(text)).toBeUndefined();
});
