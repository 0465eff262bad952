import { type KeyObject, X509Certificate } from 'node:crypto';
import { type DerElement, DerError, DerReader, elementsOf, Tag, timeOf } from '../der.ts';
import { verifySigned } from '../signature.ts';
import type { OcspQuestion } from './ocsp-question.ts';

/** Why an answer is not taken. Stable names for the log. */
export type OcspProblem =
  'malformed' | 'refused' | 'unsupported' | 'bad-signature' | 'other-certificate' | 'out-of-date';

/** An answer that is not taken. */
export class OcspError extends Error {
  readonly code: OcspProblem;

  constructor(code: OcspProblem, message: string) {
    super(message);
    this.name = 'OcspError';
    this.code = code;
  }
}

/** What a responder says of a certificate (RFC 6960 section 2.2). */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Unix ms; undefined: newer is to be had at any time. */
  readonly nextUpdate: number | undefined;
}

/** Clocks differ. */
const skewMs = 300_000;
/** How long one is believed that says no end: else whoever stands in between could bring back a good one for ever. */
const endlessMs = 24 * 3_600_000;
const basicResponse = '2b0601050507300101';
/** id-kp-OCSPSigning. */
const maySignAnswers = '1.3.6.1.5.5.7.3.9';
const GOOD = 0x80;
const REVOKED = 0xa1;
const ENUMERATED = 0x0a;

/**
 * Reads a responder's answer: signed by the issuer of the certificate, or by whom that gave the right to.
 * @throws OcspError when it is none, or not to this question, or not of now
 */
export function readOcspAnswer(bytes: Buffer, question: OcspQuestion, now: number): OcspAnswer {
  try {
    const basic = new DerReader(basicResponseIn(bytes).body);
    const signed = basic.take(Tag.SEQUENCE);
    const [algorithm, signature] = [basic.take(Tag.SEQUENCE), basic.take(Tag.BIT_STRING)];
    const certificates = basic.takeIf(Tag.context(0));
    const signers = [question.issuer.publicKey, ...delegatesIn(certificates, question.issuer, now)];
    const verdict = verifySigned({ signed, algorithm, signature }, signers);
    if (verdict === 'unsupported')
      throw new OcspError('unsupported', 'a signature algorithm that is not safe');
    if (verdict === 'bad') throw new OcspError('bad-signature', 'not signed by the issuer, or for it');
    return answerIn(signed, question.certId, now);
  } catch (error) {
    throw error instanceof DerError ? new OcspError('malformed', error.message) : error;
  }
}

/** OCSPResponse → BasicOCSPResponse. */
function basicResponseIn(bytes: Buffer): DerElement {
  const outer = new DerReader(new DerReader(bytes).take(Tag.SEQUENCE).body);
  const status = outer.take(ENUMERATED).body;
  if (status.length !== 1 || status[0] !== 0)
    throw new OcspError('refused', `the responder gave no answer (${status[0] ?? 'nothing'})`);
  const holder = new DerReader(new DerReader(outer.take(Tag.context(0)).body).take(Tag.SEQUENCE).body);
  if (holder.take(Tag.OID).body.toString('hex') !== basicResponse)
    throw new OcspError('unsupported', 'a kind of response that is not known');
  return new DerReader(holder.take(Tag.OCTET_STRING).body).take(Tag.SEQUENCE);
}

/** Keys of those the issuer lets answer in its place (section 4.2.2.2). */
function delegatesIn(
  certificates: DerElement | undefined,
  issuer: X509Certificate,
  now: number,
): KeyObject[] {
  if (certificates === undefined) return [];
  const holder = new DerReader(certificates.body).take(Tag.SEQUENCE);
  return elementsOf(holder)
    .map(({ whole }) => certificateOf(whole))
    .filter((one) => isDelegate(one, issuer, now))
    .map(({ publicKey }) => publicKey);
}

function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw new DerError('no certificate');
  }
}

const isDelegate = (one: X509Certificate, issuer: X509Certificate, now: number): boolean =>
  // Node calls the extended key usage so.
  (one.keyUsage as string[] | undefined)?.includes(maySignAnswers) === true &&
  Date.parse(one.validFrom) <= now &&
  now < Date.parse(one.validTo) &&
  one.checkIssued(issuer) &&
  one.verify(issuer.publicKey);

/** The one response about this certificate. */
function answerIn(signed: DerElement, certId: Buffer, now: number): OcspAnswer {
  const data = new DerReader(signed.body);
  data.takeIf(Tag.context(0)); // version
  data.take(); // responder
  data.take(); // produced at
  for (const response of elementsOf(data.take(Tag.SEQUENCE))) {
    const fields = new DerReader(response.body);
    if (!isSame(fields.take(Tag.SEQUENCE), certId)) continue;
    const { tag } = fields.take();
    const thisUpdate = timeOf(fields.take());
    const next = fields.takeIf(Tag.context(0));
    const nextUpdate = next === undefined ? undefined : timeOf(new DerReader(next.body).take());
    const end = nextUpdate ?? thisUpdate + endlessMs;
    if (thisUpdate > now + skewMs || end < now - skewMs) throw new OcspError('out-of-date', 'not of now');
    return { status: tag === GOOD ? 'good' : tag === REVOKED ? 'revoked' : 'unknown', nextUpdate };
  }
  throw new OcspError('other-certificate', 'about another certificate');
}

/** Whether two CertIDs name one certificate; the parameters of the hash may be NULL or left out. */
function isSame(one: DerElement, other: Buffer): boolean {
  const [hash, ...rest] = elementsOf(one);
  const [otherHash, ...otherRest] = elementsOf(new DerReader(other).take());
  if (hash === undefined || otherHash === undefined || rest.length !== otherRest.length) return false;
  const sameHash = new DerReader(hash.body).take().whole.equals(new DerReader(otherHash.body).take().whole);
  return sameHash && rest.every(({ whole }, i) => whole.equals(otherRest[i]!.whole));
}
