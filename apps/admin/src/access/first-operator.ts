import type { OperatorsChange } from '@tributary/backplane';
import type { Actor, AuditFacts } from './audit-log.ts';
import type { HashDesk } from './hash-desk.ts';
import type { Page } from './operator-book.ts';
import type { OperatorRecord } from './operator-record.ts';
import { randomId, readablePassword } from './secrets.ts';

/** The parts of `Access` that making an operator takes. */
export interface OperatorMaker {
  readonly desk: HashDesk;
  readonly book: { readonly page: Page };
  change(
    actor: Actor,
    facts: AuditFacts,
    edit: (page: Page) => readonly OperatorsChange[] | undefined,
  ): Promise<boolean>;
}

export interface FirstOperatorOptions {
  /** The password to begin with; without it one is made and told. */
  firstPassword?: string | undefined;
  /** Told once, when the operator was made: the password, unless it was given. Never for a log. */
  onFirstOperator?: ((password: string | undefined) => void) | undefined;
}

export const firstOperatorName = 'admin';

/** What the process itself does, at its start or from the shell of its server. */
export const shellActor: Actor = { who: '', role: '', via: 'shell', address: '', requestId: '' };

const facts: AuditFacts = { action: 'operator.first', target: firstOperatorName, result: 'done' };

/**
 * Makes `admin`, if there is still no operator at all when Redis is asked: of two processes that start at once only one
 * does. Its password is told once and written down nowhere.
 */
export class FirstOperator {
  readonly #access: OperatorMaker;
  readonly #options: FirstOperatorOptions;
  /** What Redis was asked to store, until it is known whether it has: an answer that was lost must not hide a password. */
  #asked: { readonly password: string; readonly record: OperatorRecord } | undefined;

  constructor(access: OperatorMaker, options: FirstOperatorOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Called whenever operators have been read. @throws when Redis does not take or not answer it; the next look goes on */
  async look(): Promise<void> {
    const { book } = this.#access;
    if (book.page.isEmpty) await this.#make();
    if (this.#asked === undefined || book.page.isEmpty) return;
    const { password, record } = this.#asked;
    this.#asked = undefined;
    if (book.page.operators.get(firstOperatorName)?.stamp !== record.stamp) return;
    const { firstPassword, onFirstOperator } = this.#options;
    onFirstOperator?.(firstPassword === undefined ? password : undefined);
  }

  async #make(): Promise<void> {
    this.#asked ??= await this.#wish();
    const value = JSON.stringify(this.#asked.record);
    await this.#access.change(shellActor, facts, (page) =>
      page.isEmpty ? [{ kind: 'operator', field: firstOperatorName, value }] : undefined,
    );
  }

  async #wish(): Promise<{ password: string; record: OperatorRecord }> {
    const password = this.#options.firstPassword ?? readablePassword();
    const rights = { role: 'admin', canReadPayload: true, createdBy: '' } as const;
    return { password, record: await newRecord(this.#access, password, rights) };
  }
}

/** A new operator whose password somebody else chose. */
export async function newRecord(
  access: OperatorMaker,
  password: string,
  facts: Pick<OperatorRecord, 'role' | 'canReadPayload' | 'createdBy'>,
  now = Date.now(),
): Promise<OperatorRecord> {
  return {
    ...facts,
    password: await access.desk.hash(password),
    passwordChangedAt: now,
    hasFirstPassword: true,
    createdAt: now,
    isDisabled: false,
    stamp: randomId(),
  };
}

/** What the person who starts the first admin is told. */
export function introduction(password: string): string {
  return `
  The first operator of the dashboard was made:

    name      ${firstOperatorName}
    password  ${password}

  This is shown once. Sign in and choose your own password.
  Lost it?  node apps/admin/dist/main.js --reset-password ${firstOperatorName}

`;
}
