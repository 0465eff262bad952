import { describe, expect, test } from 'vitest';
import {
  goodStatus as good,
  makeOcspAnswer,
  type OcspAnswerParts,
  revokedStatus,
} from '../../../testing/ocsp-answers.ts';
import {
  commonName,
  der,
  extension,
  makeCertificate,
  oid,
  sequence,
  type Signer,
} from '../../../testing/x509.ts';
import { OcspError, readOcspAnswer } from './ocsp-answer.ts';
import { type OcspQuestion, questionAbout } from './ocsp-question.ts';

const now = 1_700_000_000_000;
const hourMs = 3_600_000;
const authority = makeCertificate(commonName('Fleet CA'), { isAuthority: true });
const answering = extension('551d25', false, sequence(oid('2b06010505070309')));

const questionOf = (serial: number): OcspQuestion => {
  const { certificate } = makeCertificate(commonName('d'), { serial, issuer: authority });
  return questionAbout(certificate, authority.certificate);
};
const question = questionOf(7);

const revoked = revokedStatus(now - hourMs);
const answer = (parts: Partial<OcspAnswerParts> = {}): Buffer =>
  makeOcspAnswer({ about: question.certId, signer: authority, now, ...parts });

/** Code of the refusal. */
function refusalOf(bytes: Buffer): string {
  try {
    readOcspAnswer(bytes, question, now);
  } catch (error) {
    if (error instanceof OcspError) return error.code;
    throw error;
  }
  return expect.fail('taken');
}

test('an answer says good, revoked or unknown, and until when', () => {
  const nextUpdate = now + hourMs;
  expect(readOcspAnswer(answer(), question, now)).toEqual({ status: 'good', nextUpdate });
  expect(readOcspAnswer(answer({ status: revoked }), question, now)).toEqual({
    status: 'revoked',
    nextUpdate,
  });
  expect(readOcspAnswer(answer({ status: der(0x82) }), question, now).status).toBe('unknown');
  expect(readOcspAnswer(answer({ nextUpdate: 0 }), question, now)).toEqual({
    status: 'good',
    nextUpdate: undefined,
  });
});

test('the issuer may have given the right to answer to somebody, by a certificate for that', () => {
  const delegate = makeCertificate(commonName('responder'), {
    serial: 3,
    issuer: authority,
    extensions: [answering],
  });
  const given = { signer: delegate, certificates: [delegate] };
  expect(readOcspAnswer(answer(given), question, now).status).toBe('good');
  const expired = { serial: 4, issuer: authority, extensions: [answering], to: now - hourMs };
  const late = makeCertificate(commonName('responder'), expired);
  expect(refusalOf(answer({ signer: late, certificates: [late] }))).toBe('bad-signature');
});

describe('is refused', () => {
  const device = makeCertificate(commonName('device'), { serial: 9, issuer: authority });
  const stranger = makeCertificate(commonName('Fleet CA'), { extensions: [answering] });
  test.each<[string, string, Buffer]>([
    ['about another certificate', 'other-certificate', answer({ about: questionOf(8).certId })],
    ['signed by another device', 'bad-signature', answer({ signer: device, certificates: [device] })],
    ['signed by a stranger', 'bad-signature', answer({ signer: stranger, certificates: [stranger] })],
    ['of yesterday', 'out-of-date', answer({ thisUpdate: now - 25 * hourMs, nextUpdate: now - hourMs })],
    [
      'of two days ago that says no end',
      'out-of-date',
      answer({ thisUpdate: now - 48 * hourMs, nextUpdate: 0 }),
    ],
    ['of tomorrow', 'out-of-date', answer({ thisUpdate: now + hourMs })],
    ['signed with SHA-1', 'unsupported', answer({ algorithm: sequence(oid('2a8648ce3d0401')) })],
    ['that says try later', 'refused', sequence(der(0x0a, Buffer.of(3)))],
    ['of nothing', 'malformed', Buffer.alloc(0)],
    ['of HTML', 'malformed', Buffer.from('<html>')],
    [
      'of no certificate',
      'malformed',
      answer({ certificates: [{ certificate: { raw: good } } as unknown as Signer] }),
    ],
  ])('an answer %s: %s', (_what, code, bytes) => {
    expect(refusalOf(bytes)).toBe(code);
  });

  test('every cut, and every changed byte', () => {
    const bytes = answer({ status: revoked });
    for (let cut = 0; cut < bytes.length; cut++) refusalOf(bytes.subarray(0, cut));
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x55;
      expect(() => readOcspAnswer(changed, question, now)).toThrow(OcspError);
    }
  });
});
