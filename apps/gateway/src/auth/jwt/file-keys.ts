import { readFile } from 'node:fs/promises';
import { FileWatch, type Logger } from '@tributary/runtime';
import type { KeySource } from './key-source.ts';
import type { TokenKeys } from './token-keys.ts';

/** Keys in a file, read again when it changes. */
export class FileKeys implements KeySource {
  readonly #file: string;
  readonly #parse: (bytes: Buffer) => TokenKeys;
  readonly #logger: Logger;
  #keys: TokenKeys | undefined;
  readonly #watch: FileWatch;

  constructor(file: string, parse: (bytes: Buffer) => TokenKeys, logger: Logger) {
    this.#file = file;
    this.#parse = parse;
    this.#logger = logger;
    this.#watch = new FileWatch({ files: [file], onChange: () => void this.#reload() });
  }

  keys(): TokenKeys {
    if (this.#keys === undefined) throw new Error('the key file could not be read');
    return this.#keys;
  }

  refresh(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#read();
  }

  stop(): void {
    this.#watch.stop();
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
