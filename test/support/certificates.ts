import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files and as TLS options take them. */
export interface Certificate {
  certFile: string;
  keyFile: string;
  cert: Buffer;
  key: Buffer;
}

/** What a certificate is to be like, where it matters. */
export interface CertificateWishes {
  /** Days from now; negative: before. Default 0 and 2. */
  from?: number;
  to?: number;
  /** As openssl writes them. Default `IP:127.0.0.1`. */
  alternativeNames?: string;
  /** Common name; default the name of the files. */
  commonName?: string;
  /** It may sign others. */
  isAuthority?: boolean;
}

/** Certificate authorities made with openssl, in a directory of their own that goes with `remove`. */
export class Authorities {
  readonly dir = mkdtempSync(join(tmpdir(), 'tributary-tls-'));

  /** A new authority, signed by itself. */
  authority(name: string): Certificate {
    this.#openssl('req', '-x509', ...this.#newKey(name), '-out', `${name}.pem`, '-days', '2');
    return this.#read(name);
  }

  /** A certificate for 127.0.0.1 that `authority` signed. */
  certificate(name: string, authority: Certificate, wishes: CertificateWishes = {}): Certificate {
    const { from = 0, to = 2, alternativeNames = 'IP:127.0.0.1', commonName = name, isAuthority } = wishes;
    this.#openssl('req', ...this.#newKey(name, commonName), '-out', `${name}.csr`);
    const extensions = [
      `subjectAltName=${alternativeNames}`,
      ...(isAuthority === true ? ['basicConstraints=critical,CA:TRUE'] : []),
    ];
    writeFileSync(join(this.dir, `${name}.ext`), `${extensions.join('\n')}\n`);
    const { folder, config } = this.#book(authority);
    this.#openssl(
      ...['ca', '-batch', '-notext', '-config', config, '-in', `${name}.csr`, '-out', `${name}.pem`],
      ...['-extfile', `${name}.ext`, '-outdir', folder, '-startdate', stamp(from), '-enddate', stamp(to)],
    );
    return this.#read(name);
  }

  /** The authority notes that one of its certificates is not to be believed any more. */
  revoke(certificate: Certificate, authority: Certificate): void {
    const { config } = this.#book(authority);
    this.#openssl('ca', '-config', config, '-revoke', certificate.certFile);
  }

  /** Writes the authority's list of what is revoked, PEM, and answers its path. */
  revocationList(authority: Certificate, file = `${authority.certFile}.crl`, validSeconds = 3600): string {
    const { config } = this.#book(authority);
    const path = join(this.dir, file.replace(/^.*\//, ''));
    this.#openssl('ca', '-config', config, '-gencrl', '-crlsec', String(validSeconds), '-out', path);
    return path;
  }

  /** The folder of the book openssl keeps of what an authority has signed. */
  bookOf(authority: Certificate): string {
    return this.#book(authority).folder;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The book openssl keeps of what an authority has signed. */
  #book({ certFile, keyFile }: Certificate): { folder: string; config: string } {
    const folder = `${certFile}.book`;
    const config = `${certFile}.cnf`;
    if (existsSync(config)) return { folder, config };
    execFileSync('mkdir', ['-p', folder]);
    appendFileSync(join(folder, 'index.txt'), '');
    for (const name of ['serial', 'crlnumber']) writeFileSync(join(folder, name), '1000\n');
    writeFileSync(
      config,
      [
        '[ca]\ndefault_ca=book\n[book]\nunique_subject=no\ndefault_md=sha256\npolicy=any\nrand_serial=yes',
        `database=${folder}/index.txt\nserial=${folder}/serial\ncrlnumber=${folder}/crlnumber`,
        `certificate=${certFile}\nprivate_key=${keyFile}\ndefault_crl_days=1`,
        '[any]\ncommonName=supplied\n',
      ].join('\n'),
    );
    return { folder, config };
  }

  #newKey(name: string, commonName = name): string[] {
    return [
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', `${name}.key`, '-subj', `/CN=${commonName}`],
    ];
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }

  #read(name: string): Certificate {
    const certFile = join(this.dir, `${name}.pem`);
    const keyFile = join(this.dir, `${name}.key`);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }
}

/** Days from now as openssl takes a time. */
function stamp(days: number): string {
  const at = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${at.replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
}
