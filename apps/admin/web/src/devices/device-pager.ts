import type { DeviceList, DeviceRow, DeviceSort } from '@tributary/protocol/admin-api';
import type { ApiError } from '../api/problem.ts';

/** What a list is of: the filter's text and the order. */
export interface ListQuery {
  q: string;
  sort: DeviceSort;
}

export interface PagerState {
  query: ListQuery;
  /** What `ids` belong to: another one while the first page of a new query is on its way. */
  shown: ListQuery | undefined;
  /** Ids in the order of the list, as far as loaded. */
  ids: readonly string[];
  /** How many match, on all pages. */
  total: number;
  /** Server time the first page was made at; 0 before. */
  at: number;
  /** Names the frozen order on the server. */
  order: string;
  facets: DeviceList['facets'];
  /** Of an empty list: how many there are without each term. */
  without: DeviceList['without'];
  hasMore: boolean;
  isLoading: boolean;
  /** What went wrong with the last request. */
  error: ApiError | undefined;
}

export interface PagerWorld {
  /** Asks for a page. @param path below `/api/v1`. */
  fetchPage(path: string, signal: AbortSignal): Promise<DeviceList>;
  /** Takes the rows of a page. @param at server time of the answer, Unix ms. */
  onRows(rows: readonly DeviceRow[], at: number): void;
  onChange(): void;
}

export const pageRows = 200;

/** In order of id and on one page: such a list can be asked for again without a row leaving its place. */
export const fitsOnePage = ({ query, shown, ids, hasMore }: PagerState): boolean =>
  /^-?id$/.test(query.sort) && shown !== undefined && !hasMore && ids.length <= pageRows;

/**
 * The device list, page by page. Rows keep their place until the list is asked for again: what moves are the values in
 * them. While a new query loads, and after one that failed, the old rows stay.
 */
export class DevicePager {
  state: PagerState;
  readonly #world: PagerWorld;
  #cursor: string | null = null;
  #request: AbortController | undefined;

  constructor(world: PagerWorld, query: ListQuery) {
    this.#world = world;
    this.state = {
      query,
      shown: undefined,
      ids: [],
      total: 0,
      at: 0,
      order: '',
      facets: undefined,
      without: undefined,
      hasMore: false,
      isLoading: false,
      error: undefined,
    };
  }

  /** Another filter or order: begins again. */
  show(query: ListQuery): Promise<void> {
    this.state = { ...this.state, query };
    return this.refresh();
  }

  /** The first page again, as it is now. */
  async refresh(): Promise<void> {
    const page = await this.#load(undefined);
    if (page === undefined) return;
    const { total, at, order, facets, without } = page;
    const ids = page.items.map((row) => row.id);
    this.#set({ shown: this.state.query, ids, total, at, order, facets, without });
  }

  /** The page after the last one; nothing while another request is out or when there is none. */
  async loadMore(): Promise<void> {
    if (this.#cursor === null || this.state.isLoading) return;
    const page = await this.#load(this.#cursor);
    if (page === undefined) return;
    // A row whose sort key changed between two pages comes twice; its first place stands.
    const known = new Set(this.state.ids);
    const added = page.items.map((row) => row.id).filter((id) => !known.has(id));
    this.#set({ ids: [...this.state.ids, ...added], total: page.total });
  }

  stop(): void {
    this.#request?.abort();
  }

  async #load(cursor: string | undefined): Promise<DeviceList | undefined> {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    this.#set({ isLoading: true });
    try {
      const page = await this.#world.fetchPage(this.#path(cursor), request.signal);
      if (this.#request !== request) return undefined;
      this.#cursor = page.nextCursor;
      this.#world.onRows(page.items, page.at);
      this.state = { ...this.state, isLoading: false, error: undefined, hasMore: page.nextCursor !== null };
      return page;
    } catch (error) {
      const isCurrent = this.#request === request && !request.signal.aborted;
      if (isCurrent) this.#set({ isLoading: false, error: error as ApiError });
      return undefined;
    }
  }

  #path(cursor: string | undefined): string {
    const { q, sort } = this.state.query;
    const params = new URLSearchParams({ limit: String(pageRows), sort });
    if (q.trim() !== '') params.set('q', q);
    if (cursor === undefined) params.set('facets', '1');
    else params.set('cursor', cursor);
    return `/devices?${params}`;
  }

  #set(change: Partial<PagerState>): void {
    this.state = { ...this.state, ...change };
    this.#world.onChange();
  }
}
