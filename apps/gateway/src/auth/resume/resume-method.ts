import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../../admission/identity.ts';
import { keyBytes } from './resume-proof.ts';
import type { ResumeVisit } from './resume-visit.ts';

/** As devices name it in CONNECT. */
export const resumeMethodName = 'TRIBUTARY-RESUME-X25519';
/** First byte of what either side says; another one is a version to come. */
const version = 1;

type Answer =
  | { readonly kind: 'continue'; readonly data: Buffer }
  | { readonly kind: 'success'; readonly identity: Identity }
  | { readonly kind: 'refused'; readonly reason: CloseReason };

/**
 * Secure resume as an authentication method of MQTT 5 (docs/protocol.md): the device names its epoch, gets a challenge, answers
 * it. For CONNECT alone: on a connection that stands there is nothing to come back to.
 */
export const resumeMethod = (visit: ResumeVisit) => ({
  name: resumeMethodName,
  begin(clientId: string, isAgain: boolean): { next(data: Buffer | undefined): Answer | Promise<Answer> } {
    let epoch: number | undefined;
    return {
      next(data) {
        if (isAgain) return { kind: 'refused', reason: 'not-authorized' };
        if (epoch !== undefined) return judge(visit, clientId, epoch, data);
        epoch = epochIn(data);
        if (epoch === undefined) return { kind: 'refused', reason: 'bad-credentials' };
        const { nonce, publicKey } = visit.challenge();
        return { kind: 'continue', data: Buffer.concat([Buffer.of(version), nonce, publicKey]) };
      },
    };
  },
});

async function judge(
  visit: ResumeVisit,
  clientId: string,
  epoch: number,
  proof: Buffer | undefined,
): Promise<Answer> {
  const verdict = await visit.judge(clientId, epoch, proof ?? Buffer.alloc(0));
  return typeof verdict === 'string'
    ? { kind: 'refused', reason: verdict }
    : { kind: 'success', identity: verdict };
}

/** What CONNECT says: the version, then the epoch in 8 bytes, most significant first. */
function epochIn(data: Buffer | undefined): number | undefined {
  if (data?.length !== 9 || data[0] !== version) return undefined;
  const epoch = data.readBigUInt64BE(1);
  return epoch <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(epoch) : undefined;
}

/** A key as devices write it: base64 of its 32 bytes. Undefined for what is none. */
export function keyIn(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length === keyBytes ? key : undefined;
}
