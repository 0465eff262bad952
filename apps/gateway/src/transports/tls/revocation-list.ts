import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { namesOf, serialKey } from './certificate-names.ts';
import { type DerElement, DerError, DerReader, elementsOf, Tag, timeOf } from './der.ts';
import { nameKey } from './name-key.ts';
import { verifySigned } from './signature.ts';

/** A certificate revocation list (RFC 5280 section 5), verified. */
export interface RevocationList {
  /** `nameKey` of who issued it, and so every certificate it names. */
  readonly issuerKey: string;
  /** SHA-256 of its bytes, base64: an authority may publish two in one second. */
  readonly print: string;
  /** `serialKey`s of what is revoked. */
  readonly revoked: ReadonlySet<string>;
  /** Unix ms. */
  readonly thisUpdate: number;
  /** Unix ms at which a newer one is due; undefined: it does not say. */
  readonly nextUpdate: number | undefined;
}

/** Why a list is not taken. Stable names for the log. */
export type ListProblem =
  | 'malformed'
  | 'unsupported'
  | 'unknown-issuer'
  | 'bad-signature'
  | 'not-yet-valid'
  | 'too-large'
  | 'older'
  | 'empty';

/** A revocation list that is not taken: what it says may not be believed. */
export class RevocationListError extends Error {
  readonly code: ListProblem;

  constructor(code: ListProblem, message: string) {
    super(message);
    this.name = 'RevocationListError';
    this.code = code;
  }
}

/** An hour: clocks differ. */
const skewMs = 3_600_000;
/** Entries read in one turn of the loop: about a millisecond. */
const entriesPerTurn = 4000;

/** Lists of one file; an authority has one, or one for each part of what it issued. Each costs a check of its signature. */
const maxLists = 1024;

/** Lists of a file, PEM or DER. @throws RevocationListError when there is none, or too many */
export function listsIn(bytes: Buffer): Buffer[] {
  if (bytes[0] === Tag.SEQUENCE) return [bytes];
  const blocks = bytes.toString('latin1').match(pemList) ?? [];
  if (blocks.length === 0) throw new RevocationListError('empty', 'no revocation list in PEM or DER');
  if (blocks.length > maxLists) throw new RevocationListError('too-large', `more than ${maxLists} lists`);
  return blocks.map((block) => Buffer.from(block.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, ''), 'base64'));
}

const pemList = /-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]+-----END X509 CRL-----/g;

/**
 * Reads a list a few thousand entries in a turn, so that a long one holds up nobody.
 * @param authorities who may have issued it
 * @throws RevocationListError when it is none, or nobody's of these
 */
export async function readRevocationList(
  der: Buffer,
  authorities: readonly X509Certificate[],
  now: number,
): Promise<RevocationList> {
  try {
    const list = new DerReader(der);
    const outer = new DerReader(list.take(Tag.SEQUENCE).body);
    list.end();
    const signed = outer.take(Tag.SEQUENCE);
    const [algorithm, signature] = [outer.take(Tag.SEQUENCE), outer.take(Tag.BIT_STRING)];
    outer.end();
    const { entries, ...head } = readHead(new DerReader(signed.body), algorithm);
    checkSignature(signed, algorithm, signature, signersOf(head.issuerKey, authorities));
    if (head.thisUpdate > now + skewMs) throw refused('not-yet-valid', 'of a time to come');
    const print = createHash('sha256').update(der).digest('base64');
    return { ...head, print, revoked: await readEntries(entries) };
  } catch (error) {
    throw error instanceof DerError ? refused('malformed', error.message) : error;
  }
}

function readHead(fields: DerReader, algorithm: DerElement) {
  const version = fields.takeIf(Tag.INTEGER);
  if (version !== undefined && !version.body.equals(Buffer.of(1)))
    throw refused('unsupported', 'of no version 2');
  if (!fields.take(Tag.SEQUENCE).whole.equals(algorithm.whole))
    throw refused('malformed', 'two signature algorithms');
  const issuerKey = nameKey(fields.take(Tag.SEQUENCE));
  const thisUpdate = timeOf(fields.take());
  const isTime = fields.nextTag === Tag.UTC_TIME || fields.nextTag === Tag.GENERALIZED_TIME;
  const nextUpdate = isTime ? timeOf(fields.take()) : undefined;
  const entries = fields.takeIf(Tag.SEQUENCE);
  const extensions = fields.takeIf(Tag.context(0));
  fields.end();
  if (extensions !== undefined) checkExtensions(extensions);
  return { issuerKey, thisUpdate, nextUpdate, entries };
}

async function readEntries(entries: DerElement | undefined): Promise<Set<string>> {
  const revoked = new Set<string>();
  if (entries === undefined) return revoked;
  const reader = new DerReader(entries.body);
  for (let i = 1; !reader.isDone; i++) {
    const entry = new DerReader(reader.take(Tag.SEQUENCE).body);
    revoked.add(serialKey(entry.take(Tag.INTEGER)));
    timeOf(entry.take());
    const extensions = entry.takeIf(Tag.SEQUENCE);
    entry.end();
    // The one that is critical names another issuer for all that follow (section 5.3.3).
    if (extensions !== undefined && elementsOf(extensions).some(isCritical))
      throw refused('unsupported', 'an indirect list');
    if (i % entriesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return revoked;
}

const issuingDistributionPoint = '551d1c';
const indirectCrl = 0x84;

/** One that is critical and unknown changes what a list means (section 5.2); of the one that is known, indirect lists do. */
function checkExtensions(explicit: DerElement): void {
  const holder = new DerReader(explicit.body);
  const extensions = elementsOf(holder.take(Tag.SEQUENCE));
  holder.end();
  for (const extension of extensions) {
    if (!isCritical(extension)) continue;
    const [id, , value] = elementsOf(extension);
    if (id?.body.toString('hex') !== issuingDistributionPoint || value === undefined)
      throw refused('unsupported', 'a critical extension that is not known: a delta list, perhaps');
    const point = elementsOf(new DerReader(value.body).take(Tag.SEQUENCE));
    if (point.some(({ tag, body }) => tag === indirectCrl && body[0] !== 0))
      throw refused('unsupported', 'an indirect list');
  }
}

/** Extension ::= SEQUENCE { id, critical BOOLEAN DEFAULT FALSE, value } */
function isCritical(extension: DerElement): boolean {
  const reader = new DerReader(extension.body);
  reader.take(Tag.OID);
  const critical = reader.takeIf(Tag.BOOLEAN);
  return critical !== undefined && critical.body[0] !== 0;
}

/** Keys of the authorities of that name: one that changed its key has two. */
function signersOf(issuerKey: string, authorities: readonly X509Certificate[]): KeyObject[] {
  return authorities.filter((one) => namesOf(one).subjectKey === issuerKey).map(({ publicKey }) => publicKey);
}

function checkSignature(
  signed: DerElement,
  algorithm: DerElement,
  signature: DerElement,
  signers: readonly KeyObject[],
): void {
  if (signers.length === 0)
    throw refused('unknown-issuer', 'its issuer is not among the authorities of caFile');
  const verdict = verifySigned({ signed, algorithm, signature }, signers);
  if (verdict === 'unsupported')
    throw refused('unsupported', 'a signature algorithm that is not known, or not safe');
  if (verdict === 'bad') throw refused('bad-signature', 'its signature is not of its issuer');
}

const refused = (code: ListProblem, message: string): RevocationListError =>
  new RevocationListError(code, message);
