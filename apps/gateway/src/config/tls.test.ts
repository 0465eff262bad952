import { describe, expect, test } from 'vitest';
import { redisSchema } from './redis.ts';
import { tlsSchema } from './tls.ts';

const files = { certFile: 'a.pem', keyFile: 'a.key' };
const withCa = { ...files, caFile: 'ca.pem' };

/** Paths and messages of what is wrong. */
const problemsOf = (result: ReturnType<typeof tlsSchema.safeParse>): string[] =>
  (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);

describe('TLS of a listener', () => {
  test('is 1.3, and asks for no certificate unless it is said whose', () => {
    expect(tlsSchema.parse(files)).toEqual({
      ...files,
      minVersion: 'TLSv1.3',
      ticketLifetimeSeconds: 43_200,
    });
  });

  test.each([
    ['certificates are asked for', { ...files, clientCertificate: 'require' }, 'caFile is missing'],
    [
      'authorities of nobody',
      { ...withCa, clientCertificate: 'none' },
      'caFile is set, but clientCertificate: none',
    ],
    ['lists of nobody', { ...files, crl: { files: ['a.crl'] } }, 'crl is set, but without caFile'],
    ['no list', { ...withCa, crl: {} }, 'crl must name at least one of files and urls'],
    ['an old version', { ...files, minVersion: 'TLSv1.1' }, 'minVersion'],
    ['a list from elsewhere', { ...withCa, crl: { urls: ['ftp://a/b.crl'] } }, 'crl.urls.0'],
    [
      'a list behind a password',
      { ...withCa, crl: { urls: ['http://u:p@a/b.crl'] } },
      'crl.urls.0 must not hold',
    ],
    ['tickets for a month', { ...files, ticketLifetimeSeconds: 2_592_000 }, 'ticketLifetimeSeconds'],
  ])('is refused with %s', (_what, tls, problem) => {
    expect(problemsOf(tlsSchema.safeParse(tls))).toContainEqual(expect.stringContaining(problem));
  });
});

describe('TLS to Redis', () => {
  const pin = Buffer.alloc(32, 7).toString('base64');
  const check = (more: object): string[] => {
    const { error } = redisSchema.safeParse({ url: 'rediss://r:6379', ...more });
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  };

  test('takes authorities and pins', () => {
    expect(check({ tls: { caFile: 'ca.pem', spki: [pin] } })).toEqual([]);
  });

  test('is refused where there is none, and with what is no pin', () => {
    expect(check({ url: 'redis://r:6379', tls: {} })).toEqual([
      'tls is set, but redis.url does not begin with rediss://',
    ]);
    expect(check({ tls: { spki: [pin.slice(1)] } })).toEqual(['tls.spki.0 must be a SHA-256 in base64']);
  });
});
