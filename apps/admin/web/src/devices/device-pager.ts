import {
  deviceListSchema,
  problemSchema,
  type DeviceList,
  type DeviceRow,
} from '@tributary/protocol/admin-api';
import { writeFilter, type ListFilter } from './list-filter.ts';

export interface PagerState {
  filter: ListFilter;
  /** The filter that `ids` belong to: another one while the first page of a new filter is on its way. */
  shown: ListFilter | undefined;
  /** Ids in the order of the list, as far as loaded. */
  ids: readonly string[];
  /** How many match, on all pages. */
  total: number;
  /** Server time the first page was made at; 0 before. */
  at: number;
  hasMore: boolean;
  isLoading: boolean;
  /** What went wrong with the last request. */
  error: string | undefined;
}

export interface PagerWorld {
  fetchJson(path: string, signal: AbortSignal): Promise<{ ok: boolean; body: unknown }>;
  /** Takes the rows of a page. @param at server time of the answer, Unix ms. */
  onRows(rows: readonly DeviceRow[], at: number): void;
  onChange(): void;
}

export const pageRows = 200;

/**
 * The device list, page by page. Rows keep their place until the list is asked for again: what moves are the values in
 * them. While a new filter loads, the old rows stay.
 */
export class DevicePager {
  state: PagerState;
  readonly #world: PagerWorld;
  #cursor: string | null = null;
  #request: AbortController | undefined;

  constructor(world: PagerWorld, filter: ListFilter) {
    this.#world = world;
    this.state = {
      filter,
      shown: undefined,
      ids: [],
      total: 0,
      at: 0,
      hasMore: false,
      isLoading: false,
      error: undefined,
    };
  }

  /** Another filter or order: begins again. */
  show(filter: ListFilter): Promise<void> {
    this.state = { ...this.state, filter };
    return this.refresh();
  }

  /** The first page again, as it is now. */
  async refresh(): Promise<void> {
    const page = await this.#load(undefined);
    if (page === undefined) return;
    const { filter } = this.state;
    this.#set({ shown: filter, ids: page.items.map((row) => row.id), total: page.total, at: page.at });
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
      const page = await this.#fetch(cursor, request.signal);
      if (this.#request !== request) return undefined;
      this.#cursor = page.nextCursor;
      this.#world.onRows(page.items, page.at);
      this.state = { ...this.state, isLoading: false, error: undefined, hasMore: page.nextCursor !== null };
      return page;
    } catch (error) {
      if (this.#request === request) this.#set({ isLoading: false, error: (error as Error).message });
      return undefined;
    }
  }

  async #fetch(cursor: string | undefined, signal: AbortSignal): Promise<DeviceList> {
    const params = new URLSearchParams(writeFilter(this.state.filter));
    params.set('limit', String(pageRows));
    if (cursor !== undefined) params.set('cursor', cursor);
    const { ok, body } = await this.#world.fetchJson(`/api/v1/devices?${params}`, signal);
    if (ok) return deviceListSchema.parse(body);
    const problem = problemSchema.safeParse(body);
    throw new Error(problem.data?.detail ?? problem.data?.title ?? 'the server gave no list');
  }

  #set(change: Partial<PagerState>): void {
    this.state = { ...this.state, ...change };
    this.#world.onChange();
  }
}
