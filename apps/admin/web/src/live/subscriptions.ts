import type { Subscription } from '@tributary/protocol/admin-api';

const hiddenEveryMs = 10_000;

/**
 * What a tab asks of the feed: the summary always, as it is also the heartbeat; nodes and rows only where they are on
 * screen; and next to nothing while nobody looks.
 */
export function wantedNow(view: {
  hidden: boolean;
  nodes: boolean;
  rowIds: readonly string[];
}): Subscription[] {
  if (view.hidden) return [{ ch: 'fleet', everyMs: hiddenEveryMs }];
  const wanted: Subscription[] = [{ ch: 'fleet' }];
  if (view.nodes) wanted.push({ ch: 'nodes' });
  if (view.rowIds.length > 0) wanted.push({ ch: 'rows', ids: view.rowIds.slice(0, 200) });
  return wanted;
}
