import { type Keys, noteThrottled, type Store, type ThrottledFacts } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { RatesConfig } from '../admission/rates/rate-book.ts';
import type { Audit } from '../audit/audit-event.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { Story } from '../session/throttling/story.ts';
import { Throttling } from '../session/throttling/throttling.ts';

/** What the limits of a node stand on. */
export interface ThrottlingParts {
  readonly registry: SessionRegistry;
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly audit: Audit;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly nodeName: () => string;
}

/** The limits of this node, and who is told what they do: timelines, events, quality, audit. Nothing runs yet. */
export function buildThrottling(
  rates: RatesConfig,
  historyLength: number,
  parts: ThrottlingParts,
): Throttling {
  const { store, monotonic } = parts;
  return new Throttling({
    config: rates,
    monotonic,
    tell(stories, nowMs) {
      // What stands in Redis waits for it; the rest of the world need not.
      const told = stories.filter(({ subject }) => subject.clientId === undefined || store.isUp);
      for (const story of told) tell(story, nowMs, historyLength, parts);
      return told;
    },
  });
}

function tell(story: Story, nowMs: number, historyLength: number, parts: ThrottlingParts): void {
  const { rule, subject } = story;
  const { store, keys, registry, audit, logger } = parts;
  audit.say({
    kind: 'throttled',
    outcome: rule.isObserved ? 'success' : 'failure',
    source: subject.address,
    clientId: subject.clientId,
    user: subject.user,
    reason: rule.reason,
    detail: inWords(story),
  });
  if (subject.clientId === undefined) return;
  // A limit that others use up says nothing about this device.
  if (!rule.isObserved && rule.scope === 'device') registry.get(subject.clientId)?.meter?.erred();
  const facts = factsOf(story, subject.clientId, nowMs, parts);
  noteThrottled(store.redis, keys, facts, historyLength).catch((error: unknown) => {
    if (store.isUp) logger.warn({ err: error, device: subject.clientId }, 'a throttling was not written');
  });
}

/** `rates.device.messages (50/s): struck 12×, 3 refused` */
function inWords({ rule, limit, count, refused }: Story): string {
  const written = limit === '' ? '' : ` (${limit})`;
  const turnedAway = refused === 0 ? '' : `, ${refused} refused`;
  const struck = `${rule.rule}${written}: struck ${count}×${turnedAway}`;
  return rule.isObserved ? `${struck}, had it not only watched` : struck;
}

function factsOf(
  story: Story,
  device: string,
  nowMs: number,
  { registry, now, nodeName }: ThrottlingParts,
): ThrottledFacts {
  const { rule, subject, limit, action, count, refused } = story;
  const { scope, reason, isObserved } = rule;
  return {
    device,
    epoch: subject.epoch ?? registry.get(device)?.epoch ?? 0,
    node: nodeName(),
    ts: now(),
    scope,
    reason,
    rule: rule.rule,
    limit,
    action,
    isObserved,
    count,
    refused,
    pausedMs: Math.round(story.pausedMs),
    waitMs: Math.round(story.longestMs),
    // What is held back says nothing about what a device would send.
    sent: isObserved ? story.offeredPerSecond(nowMs) : undefined,
  };
}
