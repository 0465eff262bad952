import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '@tributary/runtime';

/** Cheap, so that the tests are. */
const cost = { ln: 4, r: 8, p: 1 };

/** Files of authenticators in a directory of their own, which goes with `remove`. */
export class AuthFiles {
  readonly users: string;
  readonly secret: string;
  readonly #dir = mkdtempSync(join(tmpdir(), 'tributary-auth-'));
  readonly #secretBytes = randomBytes(32).toString('hex');

  constructor() {
    this.users = join(this.#dir, 'users');
    this.secret = join(this.#dir, 'secret');
    writeFileSync(this.secret, `${this.#secretBytes}\n`);
    writeFileSync(this.users, '');
  }

  /** Puts another users file in place of the one there is, in one step: nobody reads half of it. */
  async writeUsers(users: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(users).map(
      async ([name, password]) => `${name}:${await hashPassword(password, cost)}\n`,
    );
    writeFileSync(`${this.users}.new`, (await Promise.all(lines)).join(''));
    renameSync(`${this.users}.new`, this.users);
  }

  /** A JSON Web Token with the secret; `claims` with `exp` in Unix s. */
  token(claims: Readonly<Record<string, unknown>>, header: object = { alg: 'HS256' }): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const said = `${part(header)}.${part(claims)}`;
    return `${said}.${createHmac('sha256', this.#secretBytes).update(said).digest('base64url')}`;
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
