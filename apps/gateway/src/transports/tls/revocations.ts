import { FileWatch } from '@tributary/runtime';
import type { IssuerAndSerial } from './peer-certificate.ts';
import type { RevocationList } from './revocation-list.ts';
import { RevocationSource, type RevocationSourceParts } from './revocation-source.ts';

export interface RevocationSettings {
  /** PEM or DER; read again when they change. */
  readonly files: readonly string[];
  /** `http:` or `https:`; fetched again and again. */
  readonly urls: readonly string[];
  readonly refreshMs: number;
  readonly timeoutMs: number;
  /** What a certificate counts as whose issuer has no list, or one that is out of date: `soft` good, `hard` refused. */
  readonly stale: 'soft' | 'hard';
}

/** `unknown`: not on a list, and no list in force would have to name it. */
export type RevocationStatus = 'good' | 'revoked' | 'unknown';

export interface RevocationParts extends Omit<RevocationSourceParts, 'onLists'> {
  /** Other lists are in force. */
  readonly onLists: () => void;
  /** Some certificates may be revoked now that were not before. */
  readonly onRevoked: () => void;
  /** A list was fetched that other nodes may not have yet. */
  readonly onFetched: () => void;
}

/** What is revoked for the clients of one listener, kept up to date from files and addresses. */
export class Revocations {
  readonly settings: RevocationSettings;
  readonly #parts: RevocationParts;
  readonly #sources: readonly RevocationSource[];
  readonly #watch: FileWatch;
  /** Issuer → its lists. */
  #lists = new Map<string, readonly RevocationList[]>();

  constructor(settings: RevocationSettings, parts: RevocationParts) {
    const { files, urls } = settings;
    this.settings = settings;
    this.#parts = parts;
    this.#watch = new FileWatch({ files, onChange: () => void this.#read('file') });
    const sourceParts = { ...parts, onLists: (isFetched: boolean) => this.#gather(isFetched) };
    this.#sources = [
      ...files.map((place) => new RevocationSource('file', place, settings, sourceParts)),
      ...urls.map((place) => new RevocationSource('url', place, settings, sourceParts)),
    ];
  }

  /**
   * Reads all lists once. An address that cannot be asked is told of and tried again.
   * @throws RevocationListError naming a file that is no list: a mistake of whoever starts the node
   */
  async start(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.first()));
    this.#watch.start();
  }

  /** The same while the node runs: whatever cannot be had is told of. */
  async begin(): Promise<void> {
    this.#watch.start();
    await this.#read('all');
  }

  /** Idempotent. */
  stop(): void {
    this.#watch.stop();
    for (const source of this.#sources) source.stop();
  }

  /** Reads files again, or fetches from all addresses: other authorities, or another node has found something new. */
  refresh(): Promise<void> {
    return this.#read('all');
  }

  /** @param now Unix ms */
  statusOf(chain: readonly IssuerAndSerial[], now: number): RevocationStatus {
    for (const { issuerKey, serialKey } of chain) {
      const lists = this.#lists.get(issuerKey);
      if (lists?.some(({ revoked }) => revoked.has(serialKey)) === true) return 'revoked';
    }
    const own = chain[0] === undefined ? undefined : this.#lists.get(chain[0].issuerKey);
    const isCurrent = own?.some(({ nextUpdate }) => nextUpdate === undefined || now < nextUpdate) ?? false;
    return isCurrent ? 'good' : 'unknown';
  }

  /** Whether somebody with this status is kept out. */
  refuses(status: RevocationStatus): boolean {
    return status === 'revoked' || (status === 'unknown' && this.settings.stale === 'hard');
  }

  /** A text that is the same wherever the same lists are in force. */
  get inForce(): string {
    const prints = [...this.#lists.values()].flat().map(({ print }) => print);
    return prints.toSorted().join('\n');
  }

  /** Unix ms at which the first list is out of date; Infinity without any that says so. */
  get nextUpdate(): number {
    const dues = [...this.#lists.values()].flat().map(({ nextUpdate }) => nextUpdate ?? Infinity);
    return Math.min(Infinity, ...dues);
  }

  /** What is wrong with a list now, in words; undefined when all is well. @param now Unix ms */
  trouble(now: number): string | undefined {
    const place = this.#sources.find(({ trouble }) => trouble !== '')?.trouble;
    if (place !== undefined) return `a revocation list: ${place}`;
    return this.nextUpdate <= now ? 'a revocation list is out of date' : undefined;
  }

  async #read(which: 'file' | 'all'): Promise<void> {
    const chosen = this.#sources.filter(({ kind }) => which === 'all' || kind === which);
    await Promise.all(chosen.map((source) => source.read()));
  }

  #gather(isFetched: boolean): void {
    const before = this.#lists;
    const lists = new Map<string, RevocationList[]>();
    for (const list of this.#sources.flatMap((source) => source.lists)) {
      const same = lists.get(list.issuerKey);
      if (same === undefined) lists.set(list.issuerKey, [list]);
      else same.push(list);
    }
    this.#lists = lists;
    this.#parts.onLists();
    if (isFetched) this.#parts.onFetched();
    if (hasMore(before, lists)) this.#parts.onRevoked();
  }
}

/** Whether anything is revoked in `after` that was not in `before`. */
function hasMore(
  before: ReadonlyMap<string, readonly RevocationList[]>,
  after: ReadonlyMap<string, readonly RevocationList[]>,
): boolean {
  for (const [issuerKey, lists] of after) {
    const known = before.get(issuerKey) ?? [];
    for (const list of lists) {
      if (known.includes(list)) continue;
      for (const serial of list.revoked) if (!known.some(({ revoked }) => revoked.has(serial))) return true;
    }
  }
  return false;
}
