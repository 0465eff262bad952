import { formatFilter, type Groups, tagKeyPrefix } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import type { Moment } from './condition.ts';
import { HeldAnswers } from './held-answers.ts';
import { type GroupsRequest, worstGroups } from './worst-groups.ts';

const holdMs = 1000;

/** Answers of `/fleet/groups`, shared by all who ask the same within a second. */
export class DeviceGroups {
  readonly #held = new HeldAnswers<Promise<Groups>>(holdMs);

  answer(table: DeviceTable, request: GroupsRequest, moment: Moment): Promise<Groups> {
    const question = JSON.stringify([request.by, formatFilter(request.conditions), request.limit]);
    return this.#held.answer(question, table, moment.at, async () => ({
      items: await worstGroups(table, request, moment),
      keys: keysOf(table),
      at: moment.nowMs,
    }));
  }
}

/** Tags that occur. */
function keysOf({ tags }: DeviceTable): Groups['keys'] {
  return tags.keys.sort().map((key) => {
    const { devices = 0, values = 0 } = tags.column(key) ?? {};
    return { by: tagKeyPrefix + key, devices, values };
  });
}
