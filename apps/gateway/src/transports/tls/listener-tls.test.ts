import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../../testing/http-server.ts';
import { deviceOf, echoes, sessionOf, TlsDesk } from '../../testing/tls-desk.ts';
import { until } from '../../testing/until.ts';
import { commonName, listPem, makeCertificate, makeList, pemOf } from '../../testing/x509.ts';

const dayMs = 86_400_000;
const mutual = (desk: TlsDesk) => ({ caFile: desk.file('ca.pem') });
const withList = (desk: TlsDesk, stale: 'soft' | 'hard' = 'soft') => ({
  ...mutual(desk),
  crl: { files: [desk.file('fleet.crl')], urls: [], refreshMs: 60_000, timeoutMs: 1000, stale },
});
const renewed = (desk: TlsDesk, to?: number) =>
  pemOf(makeCertificate(commonName('server'), { serial: 3, issuer: desk.authority, ...(to ? { to } : {}) }));

describe('versions and ciphers', () => {
  test('TLS 1.2 is refused by default, and named', async () => {
    const desk = await TlsDesk.open();
    expect(await desk.serves({ maxVersion: 'TLSv1.2' })).toBe(false);
    await desk.hasTold('failed protocol-version');
    expect(await desk.serves()).toBe(true);
  });

  test('TLS 1.2 is spoken where it is asked for, with forward secrecy only', async () => {
    const desk = await TlsDesk.open(() => ({ minVersion: 'TLSv1.2' }));
    const socket = await desk.connect({ maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    expect(socket.getCipher().name).toMatch(/^ECDHE-.*(GCM|POLY1305)/);
    expect(
      await desk.serves({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256:ECDHE-ECDSA-AES128-SHA' }),
    ).toBe(false);
    await desk.hasTold('failed no-shared-cipher');
  });

  test('what is no TLS at all, and silence, are named', async () => {
    const desk = await TlsDesk.open(undefined, 500);
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '']) {
      const socket = connectTcp(desk.port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined);
      socket.write(bytes);
    }
    await desk.hasTold('failed not-tls');
    await desk.hasTold('failed timeout');
  });
});

describe('ticket keys that nodes share', () => {
  const withKeys = (file: string) => () => ({ ticketKeyFile: file });
  const resumes = async (desk: TlsDesk, session: Buffer): Promise<boolean> => {
    const socket = await desk.connect({ session, rejectUnauthorized: false });
    return socket.isSessionReused();
  };

  test('let a client that has a ticket of one come back to another', async () => {
    const first = await TlsDesk.open((desk) => ({ ticketKeyFile: desk.put('tickets', randomBytes(48)) }));
    const second = await TlsDesk.open(withKeys(first.file('tickets')));
    const session = await sessionOf(await first.connect());
    expect(await resumes(second, session)).toBe(true);
    expect(await resumes(await TlsDesk.open(), session)).toBe(false);
    first.put('tickets', randomBytes(48));
    await until('the other key', async () => !(await resumes(second, session)));
    const later = await sessionOf(await first.connect());
    await until('it on both', async () => resumes(second, later));
  });

  test('come and go by the configuration, and void all tickets', async () => {
    const desk = await TlsDesk.open((each) => ({ ticketKeyFile: each.put('tickets', randomBytes(48)) }));
    const files = { certFile: desk.file('server.pem'), keyFile: desk.file('server.key') };
    const plain = { ...files, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 3600 } as const;
    const shared = await sessionOf(await desk.connect());
    desk.tls.configure(plain);
    expect(await resumes(desk, shared)).toBe(false);
    const own = await sessionOf(await desk.connect());
    expect(await resumes(desk, own)).toBe(true);
    desk.tls.configure({ ...plain, ticketKeyFile: desk.file('tickets') });
    expect(await resumes(desk, own)).toBe(false);
    expect(await resumes(desk, shared)).toBe(true);
  });

  test('are not taken from a file that is too short, and the old ones go on', async () => {
    const desk = await TlsDesk.open((each) => ({ ticketKeyFile: each.put('tickets', randomBytes(32)) }));
    const session = await sessionOf(await desk.connect());
    desk.put('tickets', randomBytes(31));
    await desk.hasTold('trouble not-a-key');
    expect(await resumes(desk, session)).toBe(true);
    await expect(TlsDesk.open(withKeys(desk.file('tickets')))).rejects.toThrow(
      /tickets: holds fewer than 32/,
    );
  });
});

describe('a client certificate', () => {
  test('of the authority is taken, and says who it is', async () => {
    const desk = await TlsDesk.open(mutual);
    expect(await desk.serves(deviceOf(desk.authority, 0xab))).toBe(true);
    expect(desk.shown[0]).toMatchObject({
      commonName: 'device-171',
      alternativeNames: ['IP Address:127.0.0.1'],
      serial: 'AB',
      issuer: 'CN=Fleet CA',
      expiresAt: 4_000_000_000_000,
    });
    expect(desk.shown[0]!.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(desk.shown[0]!.spki).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  test('is refused when it is missing, of another authority, expired or not yet valid', async () => {
    const desk = await TlsDesk.open(mutual);
    const stranger = makeCertificate(commonName('Fleet CA'), { isAuthority: true });
    const now = Date.now();
    for (const [options, failure] of [
      [{}, 'no-certificate'],
      [deviceOf(stranger), 'untrusted-certificate'],
      [deviceOf(desk.authority, 5, { to: now - dayMs }), 'certificate-expired'],
      [deviceOf(desk.authority, 5, { from: now + dayMs }), 'certificate-not-yet-valid'],
    ] as const) {
      expect(await desk.serves(options)).toBe(false);
      await desk.hasTold(`failed ${failure}`);
    }
    expect(desk.inside).toEqual([]);
  });

  test('may be left out where it is requested only; one that is shown must be good', async () => {
    const desk = await TlsDesk.open((one) => ({ ...mutual(one), clientCertificate: 'request' }));
    expect(await desk.serves()).toBe(true);
    expect(await desk.serves(deviceOf(desk.authority))).toBe(true);
    const stranger = makeCertificate(commonName('Other CA'), { isAuthority: true });
    expect(await desk.serves(deviceOf(stranger))).toBe(false);
    expect(desk.shown.map((one) => one?.commonName)).toEqual([undefined, 'device-100']);
  });

  test('that has expired since does not come back with a ticket', async () => {
    const desk = await TlsDesk.open(mutual);
    const device = deviceOf(desk.authority, 5, { to: Date.now() + dayMs });
    const socket = await desk.connect(device);
    const session = await sessionOf(socket);
    expect(await desk.serves({ ...device, session })).toBe(true);
    expect(desk.told).toContain('resumed');
    desk.now += 2 * dayMs;
    expect(await desk.serves({ ...device, session })).toBe(false);
    expect(desk.told).toContain('failed certificate-expired');
  });

  test.each(['require', 'request'] as const)(
    'that was refused gets no way in by its ticket: %s',
    async (wanted) => {
      const desk = await TlsDesk.open((one) => ({ ...mutual(one), clientCertificate: wanted }));
      const stranger = makeCertificate(commonName('Other CA'), { isAuthority: true });
      const socket = await desk.connect(deviceOf(stranger));
      const session = await Promise.race([sessionOf(socket), echoes(socket)]);
      if (session instanceof Buffer)
        expect(await desk.serves({ ...deviceOf(stranger), session })).toBe(false);
      expect(desk.inside).toEqual([]);
    },
  );
});

describe('replaced files', () => {
  test('are in force for new connections, and those that stand stay', async () => {
    const desk = await TlsDesk.open();
    const before = await desk.connect();
    desk.write('server', renewed(desk));
    await desk.hasTold('renewed');
    const after = await desk.connect();
    expect([before, after].map((socket) => socket.getPeerCertificate().serialNumber)).toEqual(['02', '03']);
    expect(await echoes(before)).toBe(true);
    expect(desk.tls.certificate.trouble).toBeUndefined();
  });

  test.each([
    ['no certificate', (desk: TlsDesk) => desk.put('server.pem', 'nonsense'), 'not-a-certificate'],
    ['no key', (desk: TlsDesk) => desk.put('server.key', 'nonsense'), 'not-a-key'],
    ['the key of another', (desk: TlsDesk) => desk.put('server.key', renewed(desk).key), 'key-mismatch'],
    ['an authority that is none', (desk: TlsDesk) => desk.put('ca.pem', ''), 'not-a-certificate'],
  ])('of no use are not taken and the old go on: %s', async (_what, spoil, code) => {
    const desk = await TlsDesk.open(mutual);
    spoil(desk);
    await desk.hasTold(`trouble ${code}`);
    expect(desk.tls.certificate.trouble).toMatch(/server|ca\.pem/);
    expect(await desk.serves(deviceOf(desk.authority))).toBe(true);
    desk.put('ca.pem', pemOf(desk.authority).cert);
    desk.write('server', renewed(desk));
    await desk.hasTold('renewed');
    expect(desk.tls.certificate.trouble).toBeUndefined();
  });

  test('that have expired do not replace what has not', async () => {
    const desk = await TlsDesk.open();
    desk.write('server', renewed(desk, Date.now() - dayMs));
    await until('the trouble', () => desk.tls.certificate.trouble?.includes('expired') === true);
    expect((await desk.connect()).getPeerCertificate().serialNumber).toBe('02');
  });

  test('with other authorities are in force for new clients, and void their tickets', async () => {
    const desk = await TlsDesk.open(mutual);
    const device = deviceOf(desk.authority);
    const session = await sessionOf(await desk.connect(device));
    const other = makeCertificate(commonName('Other CA'), { isAuthority: true });
    desk.put('ca.pem', pemOf(other).cert);
    await desk.hasTold('renewed');
    expect(await desk.serves(deviceOf(other))).toBe(true);
    expect(await desk.serves({ ...device, session })).toBe(false);
  });

  test('are named anew by other settings, what is asked of clients too', async () => {
    const desk = await TlsDesk.open();
    const stays = await desk.connect();
    expect(await echoes(stays)).toBe(true);
    desk.write('next', renewed(desk));
    const files = { certFile: desk.file('next.pem'), keyFile: desk.file('next.key'), ...mutual(desk) };
    desk.tls.configure({ ...files, minVersion: 'TLSv1.2', ticketLifetimeSeconds: 60 });
    expect(await desk.serves()).toBe(false);
    expect(await desk.serves({ ...deviceOf(desk.authority), maxVersion: 'TLSv1.2' })).toBe(true);
    expect(await echoes(stays)).toBe(true);
    const wrong = {
      ...files,
      certFile: desk.file('none.pem'),
      minVersion: 'TLSv1.3',
      ticketLifetimeSeconds: 60,
    } as const;
    expect(() => desk.tls.configure(wrong)).toThrow('none.pem');
    expect(await desk.serves(deviceOf(desk.authority))).toBe(true);
  });
});

test('a ticket of when nobody was asked for a certificate keeps nobody out who has one', async () => {
  const desk = await TlsDesk.open((each) => ({
    ...mutual(each),
    clientCertificate: 'none',
    ticketKeyFile: each.put('tickets', randomBytes(48)),
  }));
  const session = await sessionOf(await desk.connect());
  const files = { certFile: desk.file('server.pem'), keyFile: desk.file('server.key'), ...mutual(desk) };
  const rest = { minVersion: 'TLSv1.3', ticketLifetimeSeconds: 3600 } as const;
  desk.tls.configure({ ...files, ...rest, ticketKeyFile: desk.file('tickets') });
  expect(await desk.serves({ ...deviceOf(desk.authority), session })).toBe(true);
  expect(await desk.serves({ session })).toBe(false);
});

test('a client comes back with its ticket, also after the certificate was renewed', async () => {
  const desk = await TlsDesk.open(mutual);
  const device = deviceOf(desk.authority);
  const session = await sessionOf(await desk.connect(device));
  desk.write('server', renewed(desk));
  await desk.hasTold('renewed');
  const again = await desk.connect({ ...device, session });
  expect(again.isSessionReused()).toBe(true);
  expect(await echoes(again)).toBe(true);
  expect(desk.told.filter((one) => one === 'full' || one === 'resumed')).toEqual(['full', 'resumed']);
  expect(desk.shown[1]).toEqual(desk.shown[0]);
});

describe('a revocation list', () => {
  const list = (desk: TlsDesk, serials: number[], thisUpdate = Date.now() - 1000, nextUpdate?: number) =>
    desk.put('fleet.crl', listPem(makeList(desk.authority, { serials, thisUpdate, nextUpdate })));

  async function openWith(
    serials: number[],
    stale: 'soft' | 'hard' = 'soft',
    nextUpdate?: number,
  ): Promise<TlsDesk> {
    return TlsDesk.open((desk) => {
      list(desk, serials, undefined, nextUpdate);
      return withList(desk, stale);
    });
  }

  test('keeps out what it names, and nothing else', async () => {
    const desk = await openWith([100]);
    expect(await desk.serves(deviceOf(desk.authority, 100))).toBe(false);
    await desk.hasTold('failed certificate-revoked');
    expect(await desk.serves(deviceOf(desk.authority, 101))).toBe(true);
  });

  test('that changes says so at once: who is connected can be judged again, and no ticket helps', async () => {
    const desk = await openWith([1]);
    const device = deviceOf(desk.authority, 100);
    const session = await sessionOf(await desk.connect(device));
    expect(desk.tls.isRevoked(desk.shown[0]!)).toBe(false);
    const start = performance.now();
    list(desk, [1, 100], Date.now());
    await until('the revocation to be known', () => desk.tls.isRevoked(desk.shown[0]!));
    // A quarter of a second on a calm machine.
    expect(performance.now() - start).toBeLessThan(8000);
    expect(desk.told).toContain('revoked');
    expect(await desk.serves({ ...device, session })).toBe(false);
  });

  test('that cannot be used is told of, and the one of before goes on', async () => {
    const desk = await openWith([100], 'hard');
    const forger = makeCertificate(commonName('Fleet CA'));
    desk.put('fleet.crl', listPem(makeList(forger, { serials: [], thisUpdate: Date.now() })));
    await desk.hasTold('trouble bad-signature');
    list(desk, [], Date.now() - 60_000);
    await desk.hasTold('trouble older');
    expect(await desk.serves(deviceOf(desk.authority, 100))).toBe(false);
    expect(await desk.serves(deviceOf(desk.authority, 101))).toBe(true);
  });

  test.each(['soft', 'hard'] as const)('that is out of date: %s', async (stale) => {
    const desk = await openWith([100], stale, Date.now() + dayMs);
    desk.now += 2 * dayMs;
    expect(await desk.serves(deviceOf(desk.authority, 101))).toBe(stale === 'soft');
    // What it named stays revoked: nobody is let in because a list is old.
    expect(await desk.serves(deviceOf(desk.authority, 100))).toBe(false);
    expect(desk.told.includes('failed revocation-unknown')).toBe(stale === 'hard');
    expect(desk.tls.certificate.trouble).toBe('a revocation list is out of date');
  });

  test('also ends what a revoked authority between has signed', async () => {
    const desk = await openWith([77]);
    const between = makeCertificate(commonName('Plant CA'), {
      serial: 77,
      issuer: desk.authority,
      isAuthority: true,
    });
    const { cert, key } = deviceOf(between, 5);
    expect(await desk.serves({ cert: `${cert}${pemOf(between).cert}`, key })).toBe(false);
    await desk.hasTold('failed certificate-revoked');
  });

  test('that follows another within a second voids shared tickets too: they do not show an authority between', async () => {
    const thisUpdate = Date.now() - 5000;
    const desk = await TlsDesk.open((each) => {
      list(each, [1], thisUpdate);
      return { ...withList(each), ticketKeyFile: each.put('tickets', randomBytes(48)) };
    });
    const issuer = desk.authority;
    const between = makeCertificate(commonName('Plant CA'), { serial: 77, issuer, isAuthority: true });
    const own = deviceOf(between, 5);
    const device = { cert: `${own.cert}${pemOf(between).cert}`, key: own.key };
    const session = await sessionOf(await desk.connect(device));
    await until('it to be in', () => desk.shown.length === 1);
    list(desk, [1, 77], thisUpdate);
    await until('the revocation to be known', () => desk.tls.isRevoked(desk.shown[0]!));
    expect(await desk.serves({ ...device, session })).toBe(false);
  });

  test('of other places is in force once it is read; the one of before goes on until then', async () => {
    const desk = await openWith([100]);
    desk.put('next.crl', listPem(makeList(desk.authority, { serials: [101], thisUpdate: Date.now() - 500 })));
    const files = { certFile: desk.file('server.pem'), keyFile: desk.file('server.key'), ...mutual(desk) };
    const crl = {
      files: [desk.file('next.crl')],
      urls: [],
      refreshMs: 60_000,
      timeoutMs: 1000,
      stale: 'hard',
    } as const;
    desk.tls.configure({ ...files, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 3600, crl });
    await desk.hasTold('revoked');
    await until('the other list', async () => !(await desk.serves(deviceOf(desk.authority, 101))));
    expect(await desk.serves(deviceOf(desk.authority, 100))).toBe(true);
    expect(desk.tls.certificate.trouble).toBeUndefined();
    desk.put('next.crl', 'nonsense');
    await desk.hasTold('trouble empty');
    expect(desk.tls.certificate.trouble).toMatch(/revocation list/);
  });

  test('of a responder holds for those too who were connected when it came to be asked', async () => {
    const desk = await TlsDesk.open(mutual);
    expect(await desk.serves(deviceOf(desk.authority))).toBe(true);
    const responder = await TestServer.start((_request, response) => response.writeHead(503).end());
    const files = { certFile: desk.file('server.pem'), keyFile: desk.file('server.key'), ...mutual(desk) };
    const ocsp = { url: responder.url, timeoutMs: 1000, refreshMs: 60_000, stale: 'soft' } as const;
    desk.tls.configure({ ...files, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 3600, ocsp });
    await until('the question', () => responder.asked.length === 1);
    expect(await echoes(desk.clients[0]!)).toBe(true);
  });

  test('that is no list at the start is a mistake', async () => {
    const opening = TlsDesk.open((desk) => {
      desk.put('fleet.crl', 'nonsense');
      return withList(desk);
    });
    await expect(opening).rejects.toThrow(/fleet\.crl: no revocation list/);
  });
});
