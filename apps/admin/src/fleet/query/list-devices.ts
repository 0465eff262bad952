import { type DeviceSort, type Facet, formatFilter } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import { matchInTurns } from '../match-devices.ts';
import type { Condition, Moment } from './condition.ts';
import { facetsOf } from './facets.ts';
import { HeldAnswers } from './held-answers.ts';
import { isSameDevice, type KeptOrder, KeptOrders } from './kept-orders.ts';
import { orderChanges, type OrderChanges } from './order-changes.ts';
import { placeAfter, type Position, positionOf, sortDevices } from './sort-devices.ts';
import { Turns } from './turns.ts';

/** Where a page ended, by the order it was cut from and, should that be gone, by its last row. */
export interface PageEnd extends Position {
  readonly order: string;
  /** Rows of the order that are behind us. */
  readonly place: number;
}

export interface ListRequest {
  readonly conditions: readonly Condition[];
  readonly sort: DeviceSort;
  readonly limit: number;
  readonly after?: PageEnd | undefined;
}

export interface ListPage {
  readonly slots: number[];
  /** How many devices match, on all pages. */
  readonly total: number;
  /** Name of the order. */
  readonly order: string;
  /** Where the next page begins; absent on the last one. */
  readonly next?: PageEnd;
}

// Answers are shared by all who ask for the same within this: many pages opened at once cost one sort.
const holdMs = 1000;

/**
 * Lists of devices, page by page, each from an order that stays as it was while it is read. When an order was given up
 * meanwhile, a page is what now comes after the last row of the page before.
 */
export class DeviceLists {
  readonly #kept = new KeptOrders();
  readonly #orders = new HeldAnswers<Promise<KeptOrder>>(holdMs);
  readonly #facets = new HeldAnswers<Promise<Facet[]>>(holdMs);
  readonly #changes = new HeldAnswers<Promise<OrderChanges>>(holdMs);

  async page(table: DeviceTable, request: ListRequest, moment: Moment): Promise<ListPage> {
    const { after, sort } = request;
    const kept = after && this.#kept.find(after.order, table, moment.at);
    if (after !== undefined && kept?.q === formatFilter(request.conditions) && kept.sort === sort) {
      return cut(kept, after.place, request.limit, moment);
    }
    const order = await this.all(table, request, moment);
    const place = after === undefined ? 0 : placeAfter(table, order.slots, sort, after, moment);
    return cut(order, place, request.limit, moment);
  }

  /** All matching devices in order, at once. */
  all(
    table: DeviceTable,
    { conditions, sort }: Pick<ListRequest, 'conditions' | 'sort'>,
    moment: Moment,
  ): Promise<KeptOrder> {
    const q = formatFilter(conditions);
    return this.#orders.answer(`${sort} ${q}`, table, moment.at, async () => {
      const { births } = table;
      const slots = await sortedMatches(table, conditions, sort, moment);
      return this.#kept.keep({ table, q, conditions, sort, slots, births, madeAt: moment.at });
    });
  }

  facets(table: DeviceTable, conditions: readonly Condition[], moment: Moment): Promise<Facet[]> {
    return this.#facets.answer(formatFilter(conditions), table, moment.at, async () => {
      const { slots } = await this.all(table, { conditions, sort: 'id' }, moment);
      return facetsOf(table, slots, moment.nowMs, new Turns());
    });
  }

  /** How many devices match without each of the conditions: shows which one empties a list. */
  async without(
    table: DeviceTable,
    conditions: readonly Condition[],
    moment: Moment,
  ): Promise<{ term: string; total: number }[]> {
    const totals: { term: string; total: number }[] = [];
    for (const condition of conditions) {
      const others = conditions.filter((other) => other !== condition);
      const { length } = await matchInTurns(table, others, moment, new Turns());
      totals.push({ term: formatFilter([condition]), total: length });
    }
    return totals;
  }

  /** What sorting anew would change; undefined when the order is kept no more. Asking renews it. */
  changes(table: DeviceTable, id: string, moment: Moment): Promise<OrderChanges> | undefined {
    const order = this.#kept.find(id, table, moment.at);
    if (order === undefined) return undefined;
    return this.#changes.answer(id, table, moment.at, async () =>
      orderChanges(order, await sortedMatches(table, order.conditions, order.sort, moment)),
    );
  }
}

async function sortedMatches(
  table: DeviceTable,
  conditions: readonly Condition[],
  sort: DeviceSort,
  moment: Moment,
): Promise<Uint32Array> {
  const turns = new Turns();
  const slots = await matchInTurns(table, conditions, moment, turns);
  await turns.nextIfOver();
  const sorted = sortDevices(table, slots, sort, moment);
  await turns.nextIfOver();
  return sorted;
}

function cut(order: KeptOrder, from: number, limit: number, moment: Moment): ListPage {
  const { slots: all, sort, table } = order;
  const slots: number[] = [];
  let place = from;
  for (; place < all.length && slots.length < limit; place++) {
    const slot = all[place]!;
    if (isSameDevice(order, slot)) slots.push(slot);
  }
  const page = { slots, total: all.length, order: order.id };
  const last = slots.at(-1);
  if (place >= all.length || last === undefined) return page;
  return { ...page, next: { ...positionOf(table, last, sort, moment), order: order.id, place } };
}
