import { expect, test } from 'vitest';
import { factsOf, nodeOf } from '../../testing/facts.ts';
import { certificateExpiry } from './certificate-expiry.ts';
import { tlsTrouble } from './tls-trouble.ts';

const dayMs = 86_400_000;
const now = 1_700_000_000_000;

/** What is found of a certificate that lasts so long and has so much of it left. */
function found(lifeDays: number, leftDays: number): string | undefined {
  const expiresAt = now + leftDays * dayMs;
  const certificate = { listener: 'mqtts', validFrom: expiresAt - lifeDays * dayMs, expiresAt, trouble: '' };
  const findings = certificateExpiry.find(
    factsOf({ now, nodes: [nodeOf('gw-1.a', { certificates: [certificate] })] }),
  );
  return findings[0]?.severity;
}

test.each([
  [365, 31, undefined],
  [365, 29, 'warning'],
  [365, 2.9, 'critical'],
  [90, 19, undefined],
  [90, 17, 'warning'],
  [1, 0.21, undefined],
  [1, 0.19, 'warning'],
  [1, 0.04, 'critical'],
  [365, -1, 'critical'],
])('a certificate of %s days with %s left: %s', (lifeDays, leftDays, severity) => {
  expect(found(lifeDays, leftDays)).toBe(severity);
});

test('an alarm has the node, whatever its incarnation, and the listener for its subject', () => {
  const certificate = { listener: 'mqtts', validFrom: now - 89 * dayMs, expiresAt: now + dayMs, trouble: '' };
  const facts = factsOf({ now, nodes: [nodeOf('gw-1.a', { certificates: [certificate] })] });
  expect(certificateExpiry.find(facts)).toEqual([
    {
      subject: 'gw-1:mqtts',
      severity: 'critical',
      text: 'The certificate of listener mqtts of node gw-1 expires on 2023-11-15',
      link: '/nodes/gw-1.a',
      level: 'raise',
    },
  ]);
});

test('the certificate of the dashboard itself is looked at, too', () => {
  const ownCertificate = { validFrom: now - 89 * dayMs, expiresAt: now - dayMs, trouble: 'ca.pem: no' };
  expect(certificateExpiry.find(factsOf({ now, ownCertificate }))).toMatchObject([
    {
      subject: 'admin',
      severity: 'critical',
      text: expect.stringMatching(/expired on 2023-11-13/) as string,
    },
  ]);
  expect(tlsTrouble.find(factsOf({ now, ownCertificate }))).toMatchObject([{ subject: 'admin' }]);
});

test('files that are not taken are a trouble of their own', () => {
  const certificate = {
    listener: 'wss',
    validFrom: now,
    expiresAt: now + 90 * dayMs,
    trouble: 'tls.key: is not a key',
  };
  const facts = factsOf({ now, nodes: [nodeOf('gw-1.a', { certificates: [certificate] })] });
  expect(certificateExpiry.find(facts)).toEqual([]);
  expect(tlsTrouble.find(facts)).toMatchObject([
    {
      subject: 'gw-1:wss',
      severity: 'warning',
      text: expect.stringMatching(/wss of node gw-1 .*tls\.key: is not a key/) as string,
    },
  ]);
});
