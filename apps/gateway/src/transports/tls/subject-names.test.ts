import { describe, expect, test } from 'vitest';
import {
  alternativeNamesOid,
  commonName,
  der,
  extension,
  makeCertificate,
  oid,
  sequence,
} from '../../testing/x509.ts';
import { certificateFacts } from './certificate-facts.ts';
import { certificateFields } from './certificate-fields.ts';
import { DerError, DerReader } from './der.ts';
import { subjectNames, type SubjectNames } from './subject-names.ts';

const bare = makeCertificate(commonName('x')).certificate;
const namesIn = (subject: Buffer, alternativeNames: readonly Buffer[] = []): SubjectNames =>
  subjectNames(certificateFields(makeCertificate(subject, { alternativeNames }).certificate));
const attribute = (type: string, text: string, tag = 0x0c): Buffer =>
  sequence(oid(type), der(tag, Buffer.from(text)));
const relative = (...attributes: Buffer[]): Buffer => der(0x31, ...attributes);
const named = (tag: number, text: string): Buffer => der(tag, Buffer.from(text, 'latin1'));
const [email, dns, uri] = [0x81, 0x82, 0x86] as const;

describe('a common name', () => {
  test.each([
    'pump-1',
    'a, b',
    'a + CN=b',
    '"quoted"',
    'back\\slash',
    '#1; <2>',
    ' spaces ',
    'Käthe',
    'a/b=c',
  ])('is compared as it stands: %j', (text) => {
    const { certificate } = makeCertificate(commonName(text));
    expect(certificateFacts(certificate).commonName).toBe(text);
  });

  test('beside another attribute in one step is itself', () => {
    const both = sequence(relative(attribute('55040b', 'plant'), attribute('550403', 'pump-1')));
    expect(namesIn(both).commonName).toBe('pump-1');
  });

  test('in UTF-16 is the same', () => {
    const utf16 = Buffer.from('pump-1', 'utf16le').swap16();
    expect(namesIn(sequence(relative(sequence(oid('550403'), der(0x1e, utf16))))).commonName).toBe('pump-1');
  });

  test.each([
    ['there are two', sequence(relative(attribute('550403', 'a')), relative(attribute('550403', 'b')))],
    ['there are two in one step', sequence(relative(attribute('550403', 'a'), attribute('550403', 'b')))],
    ['another kind of attribute looks like one', sequence(relative(attribute('55040a', 'x\nCN=pump-1')))],
    ['it has a NUL', commonName('pump-1\0.example.com')],
    ['it has two lines', commonName('pump-1\nCN=admin')],
    ['its bytes are no UTF-8', sequence(relative(sequence(oid('550403'), der(0x0c, Buffer.of(0xff, 0x61)))))],
    ['it is a number', sequence(relative(sequence(oid('550403'), der(0x02, Buffer.of(1)))))],
    ['there is none', sequence()],
  ])('is none where %s', (_, name) => {
    // OpenSSL refuses some of them before they get here.
    const subject = new DerReader(name).take();
    expect(subjectNames({ ...certificateFields(bare), subject }).commonName).toBe('');
  });
});

describe('alternative names', () => {
  const alternative = (...names: Buffer[]): readonly string[] =>
    namesIn(commonName('x'), names).alternativeNames;

  test('stand behind their kind, in their order', () => {
    const addresses = [der(0x87, Buffer.of(10, 0, 0, 1)), der(0x87, Buffer.alloc(16, 1))];
    const names = [named(dns, 'a.example'), named(uri, 'urn:a'), named(email, 'a@example'), ...addresses];
    expect(alternative(...names)).toEqual([
      ...['DNS:a.example', 'URI:urn:a', 'email:a@example', 'IP Address:10.0.0.1'],
      'IP Address:101:101:101:101:101:101:101:101',
    ]);
  });

  test.each([
    ['a URI with a separator', named(uri, 'urn:x, DNS:admin'), ['URI:urn:x, DNS:admin']],
    ['a URI with quotes', named(uri, 'urn:"x", DNS:"admin'), ['URI:urn:"x", DNS:"admin']],
    ['an address with a line feed', named(email, 'x\nDNS:admin'), []],
    ['an address that begins like one', named(email, 'DNS:admin'), ['email:DNS:admin']],
    ['a name of a directory', der(0xa4, commonName('DNS:admin')), []],
    ['a name of another kind', der(0xa0, oid('2a03'), der(0xa0, named(0x0c, 'DNS:admin'))), []],
    ['a registered id', named(0x88, 'DNS:admin'), []],
    ['an address of five bytes', der(0x87, Buffer.from('admin')), []],
  ])('%s is none of DNS', (_, name, expected) => {
    expect(alternative(name)).toEqual(expected);
  });

  test.each(['admin\0.example.com', '', 'adm\xefn'])('of DNS %j is none', (text) => {
    expect(alternative(named(dns, text))).toEqual([]);
  });

  test('of a certificate without any are none', () => {
    expect(subjectNames({ ...certificateFields(bare), extensions: undefined }).alternativeNames).toEqual([]);
  });

  test.each([
    ['twice', extension(alternativeNamesOid, true, sequence(named(dns, 'admin')))],
    ['broken', extension('551d12', false, sequence()).subarray(0, 4)],
  ])('that stand there %s cannot be read', (_, more) => {
    const { subject } = certificateFields(bare);
    const own = extension(alternativeNamesOid, false, sequence(named(dns, 'pump-1')));
    const extensions = { tag: 0x30, whole: own, body: Buffer.concat([own, more]) };
    expect(() => subjectNames({ ...certificateFields(bare), subject, extensions })).toThrow(DerError);
  });
});
