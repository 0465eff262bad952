import { expect, test } from 'vitest';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { shown } from '../../testing/credentials.ts';
import { CertificateAuthenticator, type CertificateOptions } from './certificate-authenticator.ts';

const certificate: CertificateFacts = {
  commonName: 'pump-1.devices.example.com',
  alternativeNames: ['IP Address:10.0.0.1', 'DNS:pump-1.example.com', 'DNS:other', 'URI:urn:dev:1', 'email:'],
  fingerprint: 'ab'.repeat(32),
  spki: `${'A'.repeat(43)}=`,
  serial: '01',
  issuer: 'CN=Devices',
  expiresAt: 1_900_000_000_000,
};
const authenticator = (options: Partial<CertificateOptions> = {}) =>
  new CertificateAuthenticator({
    name: 'certificate',
    from: 'commonName',
    is: 'clientId',
    prefix: '',
    suffix: '',
    ...options,
  });

test('without a certificate it is not asked', () => {
  expect(authenticator().authenticate(shown())).toEqual({ kind: 'pass' });
});

test('the common name is the client id, and the identity ends with the certificate', () => {
  const verdict = authenticator({ suffix: '.devices.example.com' }).authenticate(shown({ certificate }));
  expect(verdict).toMatchObject({
    kind: 'accepted',
    identity: { by: 'certificate', user: 'pump-1', clientId: 'pump-1', expiresAt: certificate.expiresAt },
  });
});

test('as a user it leaves the client id to the binding', () => {
  const verdict = authenticator({ is: 'user', from: 'dns' }).authenticate(shown({ certificate }));
  expect(verdict).toMatchObject({ identity: { user: 'pump-1.example.com', clientId: undefined } });
});

test.each([
  ['uri', 'urn:dev:1'],
  ['fingerprint', certificate.fingerprint],
  ['spki', certificate.spki],
] as const)('by %s it is %s', (from, clientId) => {
  expect(authenticator({ from }).authenticate(shown({ certificate }))).toMatchObject({
    identity: { clientId },
  });
});

test.each([
  ['an empty name', { from: 'email' }, certificate],
  ['a name of another domain', { suffix: '.example.org' }, certificate],
  ['a name that is nothing but its suffix', { suffix: certificate.commonName }, certificate],
  ['a certificate without a common name', {}, { ...certificate, commonName: '' }],
] as const)('%s is left to the next', (_, options, facts) => {
  expect(authenticator(options).authenticate(shown({ certificate: facts }))).toEqual({ kind: 'pass' });
});
