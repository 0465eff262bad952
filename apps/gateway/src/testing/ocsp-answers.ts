import { sign } from 'node:crypto';
import { bits, der, ecdsa, oid, sequence, type Signer, time } from './x509.ts';

/** CertStatus (RFC 6960 section 4.2.1). */
export const goodStatus = der(0x80);
/** @param at Unix ms */
export const revokedStatus = (at: number): Buffer => der(0xa1, time(at));

export interface OcspAnswerParts {
  /** CertID. */
  readonly about: Buffer;
  readonly signer: Signer;
  /** Unix ms at which it is made. */
  readonly now: number;
  readonly status?: Buffer;
  readonly thisUpdate?: number;
  /** 0: it does not say. */
  readonly nextUpdate?: number;
  readonly algorithm?: Buffer;
  readonly certificates?: readonly Signer[];
}

const hourMs = 3_600_000;

/** What a responder answers, in DER. */
export function makeOcspAnswer(parts: OcspAnswerParts): Buffer {
  const { about, signer, now, status = goodStatus, algorithm = ecdsa, certificates = [] } = parts;
  const { thisUpdate = now - hourMs, nextUpdate = now + hourMs } = parts;
  const until = nextUpdate === 0 ? [] : [der(0xa0, time(nextUpdate))];
  const single = sequence(about, status, time(thisUpdate), ...until);
  const data = sequence(der(0xa1, signer.name), time(now), sequence(single));
  const chain = certificates.map(({ certificate }) => certificate.raw);
  const basic = sequence(
    ...[data, algorithm, bits(sign('sha256', data, signer.key))],
    ...(chain.length === 0 ? [] : [der(0xa0, sequence(...chain))]),
  );
  const successful = der(0x0a, Buffer.of(0));
  return sequence(successful, der(0xa0, sequence(oid('2b0601050507300101'), der(0x04, basic))));
}
