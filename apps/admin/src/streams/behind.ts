import type { GroupLook, StreamLook } from '@tributary/backplane';

/**
 * Entries a group was not given yet. Redis cannot tell after entries were deleted or a group was set to some id; then it
 * is the part of the stream that is newer than the last entry given, as if all had come at the same rate.
 */
export function behind(look: StreamLook, group: GroupLook): number {
  if (group.lag !== undefined) return group.lag;
  const { length, oldestAt, newestAt } = look;
  const givenAt = Number.parseInt(group.lastDeliveredId, 10);
  if (length === 0 || newestAt === undefined || oldestAt === undefined || givenAt >= newestAt) return 0;
  if (givenAt <= oldestAt) return length;
  return Math.round((length * (newestAt - givenAt)) / (newestAt - oldestAt));
}
