import type { FeedChannel, Subscription } from '@tributary/protocol/admin-api';

/** Who watches: what a channel may show depends on it. */
export interface Watcher {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly canReadPayload: boolean;
}

/**
 * One subscription of one viewer. It remembers what it has sent, so each message says only what is new: however often a
 * value changed in between, the viewer gets the latest, once.
 */
export interface Channel {
  /** Everything, for a viewer that knows nothing yet. */
  snapshot(): object;
  /** What changed since; undefined when nothing did. */
  delta(): object | undefined;
  /** The viewer has left or wants it no more. */
  close?(): void;
}

/** How a channel is opened, and the least time between two of its messages, ms. */
export interface ChannelMaker<C extends FeedChannel> {
  readonly everyMs: number;
  open(subscription: Extract<Subscription, { ch: C }>, watcher: Watcher): Channel;
}

/** What a viewer may subscribe to. Each channel has a file of its own; `server.ts` puts them together. */
export type ChannelMakers = { readonly [C in FeedChannel]?: ChannelMaker<C> };
