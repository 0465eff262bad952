import { Feed, type FeedSocket } from './feed.ts';
import type { Live } from './context.ts';
import { Interests } from './interests.ts';
import { LiveStore } from './store.ts';

/** Joins the feed, the store and the browser: the one place that knows all three. Nothing is asked before `start`. */
export function makeLive(): Live {
  const store = new LiveStore(
    (flush) => requestAnimationFrame(flush),
    () => performance.now(),
  );
  const feed = new Feed(
    {
      open: openSocket,
      now: () => performance.now(),
      random: () => Math.random(),
      after: (ms, then) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    },
    { message: (message) => store.apply(message), status: (status) => store.setStatus(status) },
  );
  let isAsked = false;
  const ask = (): void => {
    isAsked = false;
    const wanted = interests.wanted(document.hidden);
    for (const each of wanted) {
      if (each.ch === 'device') store.expect({ device: each.id });
      if (each.ch === 'trace') store.expect({ trace: each.id });
    }
    feed.subscribe(wanted);
  };
  // One page leaves and the next one comes in the same moment: the server is told once.
  const interests = new Interests(() => {
    if (!isAsked) queueMicrotask(ask);
    isAsked = true;
  });
  return {
    store,
    start: () => startClockwork(store, feed, ask),
    want: (interest) => interests.add(interest),
    retryNow: () => feed.retryNow(),
    setPaused: (isPaused) => {
      store.setPaused(isPaused);
      if (!isPaused) feed.refresh();
    },
  };
}

function openSocket(): FeedSocket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  return new WebSocket(`${scheme}://${location.host}/api/v1/live`) as FeedSocket;
}

function startClockwork(store: LiveStore, feed: Feed, ask: () => void): () => void {
  const onVisibility = (): void => {
    ask();
    if (!document.hidden) feed.retryNow();
  };
  const onOnline = (): void => feed.retryNow();
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', onOnline);
  const seconds = setInterval(() => store.tick(), 1000);
  ask();
  feed.start();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('online', onOnline);
    clearInterval(seconds);
    feed.stop();
    store.forget();
  };
}
