import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files and as TLS options take them. */
export interface Certificate {
  certFile: string;
  keyFile: string;
  cert: Buffer;
  key: Buffer;
}

/** Certificate authorities made with openssl, in a directory of their own that goes with `remove`. */
export class Authorities {
  readonly #dir = mkdtempSync(join(tmpdir(), 'tributary-tls-'));

  /** A new authority, signed by itself. */
  authority(name: string): Certificate {
    this.#openssl('req', '-x509', ...this.#newKey(name), '-out', `${name}.pem`, '-days', '2');
    return this.#read(name);
  }

  /** A certificate for 127.0.0.1 that `authority` signed. */
  certificate(name: string, authority: Certificate): Certificate {
    this.#openssl('req', ...this.#newKey(name), '-out', `${name}.csr`);
    writeFileSync(join(this.#dir, `${name}.ext`), 'subjectAltName=IP:127.0.0.1\n');
    const { certFile, keyFile } = authority;
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', certFile, '-CAkey', keyFile, '-CAcreateserial'],
      ...['-out', `${name}.pem`, '-days', '2', '-extfile', `${name}.ext`],
    );
    return this.#read(name);
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #newKey(name: string): string[] {
    return [
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', `${name}.key`, '-subj', `/CN=${name}`],
    ];
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#dir, stdio: 'pipe' });
  }

  #read(name: string): Certificate {
    const certFile = join(this.#dir, `${name}.pem`);
    const keyFile = join(this.#dir, `${name}.key`);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }
}
