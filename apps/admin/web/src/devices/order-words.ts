import type { OrderState } from '@tributary/protocol/admin-api';
import { formatCount } from '../format.ts';

/**
 * What sorting a list anew would change, in words; undefined when nothing. An order the server gave up, as when nobody
 * looked for a minute, or Redis or the server was away, cannot be compared any more: that is said, too.
 */
export function orderWords({
  moved,
  added,
  isExpired,
}: Pick<OrderState, 'moved' | 'added' | 'isExpired'>): string | undefined {
  if (isExpired) return 'this order is old';
  const words = [
    ...(moved > 0 ? [`${formatCount(moved)} ${moved === 1 ? 'row' : 'rows'} would move`] : []),
    ...(added > 0 ? [`${formatCount(added)} new`] : []),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}
