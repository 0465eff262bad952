import { Feed, type FeedSocket } from './feed.ts';
import type { Live } from './context.ts';
import { LiveStore } from './store.ts';
import { wantedNow } from './subscriptions.ts';

/** Joins the feed, the store and the browser: the one place that knows all three. */
export function startLive(): Live {
  const store = new LiveStore(
    (flush) => requestAnimationFrame(flush),
    () => performance.now(),
  );
  const feed = new Feed(
    {
      open: () => new WebSocket(`ws://${location.host}/api/v1/live`) as FeedSocket,
      now: () => performance.now(),
      random: () => Math.random(),
      after: (ms, then) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    },
    { message: (message) => store.apply(message), status: (status) => store.setStatus(status) },
  );
  const view = { hidden: document.hidden, nodes: false, rowIds: [] as readonly string[] };
  const subscribe = (): void => feed.subscribe(wantedNow(view));
  document.addEventListener('visibilitychange', () => {
    view.hidden = document.hidden;
    subscribe();
    if (!document.hidden) feed.retryNow();
  });
  window.addEventListener('online', () => feed.retryNow());
  setInterval(() => store.tick(), 1000);
  subscribe();
  feed.start();
  return {
    store,
    retryNow: () => feed.retryNow(),
    watch: (change) => {
      Object.assign(view, change);
      subscribe();
    },
  };
}
