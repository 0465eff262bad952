import { createHash, type X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { download } from './download.ts';
import { listsIn, readRevocationList, type RevocationList, RevocationListError } from './revocation-list.ts';

export interface RevocationSourceParts {
  /** Who may issue lists here. */
  readonly authorities: () => readonly X509Certificate[];
  /** Unix ms. */
  readonly now: () => number;
  /** Other lists are in force from here. `isFetched`: they came over the network. */
  readonly onLists: (isFetched: boolean) => void;
  /** What is there now is not taken, or cannot be had: the lists of before go on. Told once for the same trouble. */
  readonly onTrouble: (place: string, error: Error) => void;
}

/** Longest file or answer that is taken: some 400,000 revoked certificates. */
const maxListBytes = 16 * 1024 * 1024;
const firstRetryMs = 5000;
/** An answer that is out of date already is asked for again, but not all the time. */
const leastRefreshMs = 30_000;

/** A file or an address that lists of revoked certificates come from. What it gave last is in force until it gives better. */
export class RevocationSource {
  readonly kind: 'file' | 'url';
  readonly #place: string;
  readonly #pace: { readonly refreshMs: number; readonly timeoutMs: number };
  readonly #parts: RevocationSourceParts;
  #lists: readonly RevocationList[] = [];
  #digest = '';
  #etag: string | undefined;
  #trouble = '';
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #isDueAgain = false;
  #isStopped = false;

  constructor(
    kind: 'file' | 'url',
    place: string,
    pace: { readonly refreshMs: number; readonly timeoutMs: number },
    parts: RevocationSourceParts,
  ) {
    this.kind = kind;
    this.#place = place;
    this.#pace = pace;
    this.#parts = parts;
  }

  get lists(): readonly RevocationList[] {
    return this.#lists;
  }
  /** Why what is there now is not taken; '' when it is. */
  get trouble(): string {
    return this.#trouble;
  }

  /** @throws RevocationListError when a file holds no list that can be used; an address is tried again later */
  async first(): Promise<void> {
    if (this.kind === 'url') return this.read();
    try {
      await this.#load();
    } catch (error) {
      if (!(error instanceof RevocationListError)) throw error;
      throw new RevocationListError(error.code, `${this.#place}: ${error.message}`);
    }
  }

  /** Reads or fetches once more. One at a time; never rejects. */
  read(): Promise<void> {
    this.#isDueAgain = this.#reading !== undefined;
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
      if (this.#isDueAgain && !this.#isStopped) void this.read();
    });
    return this.#reading;
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #readOnce(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#load();
      this.#failures = 0;
      this.#trouble = '';
    } catch (error) {
      this.#failures++;
      const { message } = error as Error;
      if (!this.#isStopped && message !== this.#trouble)
        this.#parts.onTrouble(shown(this.#place), error as Error);
      this.#trouble = message;
    }
    if (this.kind === 'url' && !this.#isStopped)
      this.#timer = setTimeout(() => void this.read(), this.#waitMs()).unref();
  }

  async #load(): Promise<void> {
    const found = await (this.kind === 'file' ? readBounded(this.#place) : this.#fetch());
    if (found === undefined) return;
    const { bytes, etag } = found;
    const { authorities, now } = this.#parts;
    const digest = createHash('sha256').update(bytes).digest('base64');
    if (digest === this.#digest) return;
    const lists: RevocationList[] = [];
    for (const der of listsIn(bytes)) lists.push(await readRevocationList(der, authorities(), now()));
    this.#refuseOlder(lists);
    if (this.#isStopped) return;
    const isNews = this.#digest !== '';
    this.#lists = lists;
    this.#digest = digest;
    this.#etag = etag;
    this.#parts.onLists(isNews && this.kind === 'url');
  }

  #fetch(): ReturnType<typeof download> {
    const limits = { maxBytes: maxListBytes, timeoutMs: this.#pace.timeoutMs };
    return download(this.#place, { etag: this.#etag }, limits);
  }

  /** Whoever can answer in place of an address could bring back an old list, signed as it is. */
  #refuseOlder(lists: readonly RevocationList[]): void {
    for (const { issuerKey, thisUpdate } of lists) {
      const newest = this.#lists
        .filter((list) => list.issuerKey === issuerKey)
        .map((list) => list.thisUpdate);
      if (newest.some((at) => at > thisUpdate))
        throw new RevocationListError('older', 'older than the list in force');
    }
  }

  #waitMs(): number {
    const { refreshMs } = this.#pace;
    if (this.#failures > 0) return Math.min(refreshMs, firstRetryMs * 2 ** Math.min(this.#failures - 1, 10));
    const due = Math.min(...this.#lists.map(({ nextUpdate }) => nextUpdate ?? Infinity)) - this.#parts.now();
    return Math.min(refreshMs, Math.max(due, leastRefreshMs));
  }
}

/** An address without its query, which may be a password. */
const shown = (place: string): string => place.replace(/\?.*$/s, '?***');

async function readBounded(file: string): Promise<{ bytes: Buffer; etag: undefined }> {
  if ((await stat(file)).size > maxListBytes)
    throw new RevocationListError('too-large', `more than ${maxListBytes} bytes`);
  return { bytes: await readFile(file), etag: undefined };
}
