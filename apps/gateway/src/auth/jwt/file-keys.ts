import { readFile } from 'node:fs/promises';
import type { Logger } from '@tributary/runtime';
import { watchedFile } from '../watched-file.ts';
import type { KeySource } from './key-source.ts';
import type { TokenKeys } from './token-keys.ts';

/** Keys in a file, read again when it changes. */
export class FileKeys implements KeySource {
  readonly #file: string;
  readonly #parse: (bytes: Buffer) => TokenKeys;
  readonly #logger: Logger;
  #keys: TokenKeys | undefined;
  #unwatch: (() => void) | undefined;

  constructor(file: string, parse: (bytes: Buffer) => TokenKeys, logger: Logger) {
    this.#file = file;
    this.#parse = parse;
    this.#logger = logger;
  }

  keys(): TokenKeys {
    if (this.#keys === undefined) throw new Error('the key file could not be read');
    return this.#keys;
  }

  refresh(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async start(): Promise<void> {
    this.#unwatch ??= watchedFile(this.#file, () => void this.#reload());
    await this.#read();
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  async #read(): Promise<void> {
    this.#keys = this.#parse(await readFile(this.#file));
  }

  async #reload(): Promise<void> {
    try {
      await this.#read();
      this.#logger.info({ file: this.#file }, 'key file read again');
    } catch (error) {
      this.#logger.error(
        { err: error, file: this.#file },
        'key file cannot be read, the old keys stay in force',
      );
    }
  }
}
