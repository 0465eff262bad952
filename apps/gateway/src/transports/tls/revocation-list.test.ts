import { describe, expect, test } from 'vitest';
import {
  commonName,
  der,
  extension,
  makeCertificate,
  makeList,
  oid,
  sequence,
  type ListParts,
} from '../../testing/x509.ts';
import { namesOf } from './certificate-names.ts';
import { listsIn, readRevocationList, RevocationListError } from './revocation-list.ts';

const now = 1_700_000_100_000;
const authority = makeCertificate(commonName('Fleet CA'));
const device = (serial: number) =>
  namesOf(makeCertificate(commonName('d'), { serial, issuer: authority }).certificate);
const read = (list: Buffer) => readRevocationList(list, [authority.certificate], now);

/** Code of the refusal. */
async function refusalOf(list: Buffer): Promise<string> {
  const error: unknown = await read(list).then(
    () => expect.fail('taken'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RevocationListError)) throw error;
  return error.code;
}

test('names what its issuer revoked, and when the next is due', async () => {
  const list = await read(makeList(authority, { serials: [7, 200, 70_000], nextUpdate: now + 5000 }));
  const { issuerKey } = device(7);
  expect(list).toMatchObject({ issuerKey, thisUpdate: 1_700_000_000_000, nextUpdate: now + 5000 });
  const isRevoked = [7, 200, 70_000, 8].map((serial) => list.revoked.has(device(serial).serialKey));
  expect(isRevoked).toEqual([true, true, true, false]);
});

test('may be empty, and need not say when the next is due', async () => {
  const list = await read(makeList(authority));
  expect(list.revoked.size).toBe(0);
  expect(list.nextUpdate).toBeUndefined();
});

test('a long list is read over several turns of the loop', async () => {
  const serials = Array.from({ length: 10_000 }, (_, i) => i + 1);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const list = await read(makeList(authority, { serials }));
  isDone = true;
  expect(list.revoked.size).toBe(10_000);
  expect(turns).toBeGreaterThanOrEqual(2);
});

test('its issuer is known however the name is written', async () => {
  const issuerName = commonName('FLEET  ca ', 0x13);
  expect((await read(makeList(authority, { issuerName }))).issuerKey).toBe(device(1).issuerKey);
});

test('one that changed its key has two, and both sign', async () => {
  const renewed = makeCertificate(commonName('Fleet CA'), { serial: 2 });
  const both = [authority.certificate, renewed.certificate];
  for (const signer of [authority, renewed]) {
    expect((await readRevocationList(makeList(signer, { serials: [1] }), both, now)).revoked.size).toBe(1);
  }
});

describe('is refused', () => {
  const indirect = extension('551d1c', true, sequence(der(0x84, Buffer.of(0xff))));
  const cases: [string, string, ListParts][] = [
    ['of nobody in the bundle', 'unknown-issuer', { issuerName: commonName('Other CA') }],
    ['of a time to come', 'not-yet-valid', { thisUpdate: now + 7_200_000 }],
    [
      'that is a delta',
      'unsupported',
      { extensions: sequence(extension('551d1b', true, Buffer.of(2, 1, 1))) },
    ],
    ['that is indirect', 'unsupported', { extensions: sequence(indirect) }],
    [
      'whose entries have another issuer',
      'unsupported',
      { serials: [1], entryExtensions: sequence(extension('551d1d', true, Buffer.of(0x30, 0))) },
    ],
    ['signed with SHA-1', 'unsupported', { algorithm: sequence(oid('2a8648ce3d0401')) }],
  ];
  test.each(cases)('one %s: %s', async (_what, code, parts) => {
    expect(await refusalOf(makeList(authority, parts))).toBe(code);
  });

  test('one that somebody else signed in the name of the authority', async () => {
    const forger = makeCertificate(commonName('Fleet CA'));
    expect(await refusalOf(makeList(forger, { serials: [7] }))).toBe('bad-signature');
  });

  test('every cut and every changed byte of a good one', async () => {
    const list = makeList(authority, { serials: [7, 8], nextUpdate: now + 5000 });
    for (let cut = 0; cut < list.length; cut++)
      expect(await refusalOf(list.subarray(0, cut))).toBe('malformed');
    for (let at = 0; at < list.length; at++) {
      const changed = Buffer.from(list);
      changed[at]! ^= 0x55;
      await expect(read(changed)).rejects.toBeInstanceOf(RevocationListError);
    }
    await expect(read(Buffer.concat([list, Buffer.of(0)]))).rejects.toBeInstanceOf(RevocationListError);
  });
});

test('extensions that change nothing are passed over', async () => {
  const point = extension('551d1c', true, sequence(der(0x81, Buffer.of(0xff))));
  const number = extension('551d14', false, Buffer.of(2, 1, 9));
  const why = sequence(extension('551d15', false, Buffer.of(0x0a, 1, 1)));
  const list = await read(
    makeList(authority, { serials: [7], entryExtensions: why, extensions: sequence(point, number) }),
  );
  expect(list.revoked.size).toBe(1);
});

test('a file holds one in DER, or some in PEM with anything between', () => {
  const list = makeList(authority);
  const pem = `-----BEGIN X509 CRL-----\n${list.toString('base64').replaceAll(/(.{64})/g, '$1\r\n')}\n-----END X509 CRL-----\n`;
  expect(listsIn(list)).toEqual([list]);
  expect(listsIn(Buffer.from(`Fleet CA\n${pem}and another\n${pem}`))).toEqual([list, list]);
  expect(listsIn(Buffer.from(pem.repeat(1024)))).toHaveLength(1024);
  expect(() => listsIn(Buffer.from(pem.repeat(1025)))).toThrow('more than 1024 lists');
  expect(() => listsIn(Buffer.from('nothing'))).toThrow(RevocationListError);
  expect(() => listsIn(Buffer.alloc(0))).toThrow(RevocationListError);
});
