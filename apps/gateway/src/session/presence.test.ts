import type { Release } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import { createLogger } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { plainTraits } from '../admission/device-rules.ts';
import { Presence, type PresenceOptions } from './presence.ts';
import type { Session } from './session.ts';

/** What Redis is told of a session that ended so, and of which wills somebody heard that they were dropped. */
function endOf(endedBy: CloseReason, deniedWill?: string): { release: Release; denied: string[] } {
  const released: Release[] = [];
  const denied: string[] = [];
  const presence = new Presence({
    registry: { finished: () => {} },
    claims: { release: (release: Release) => void released.push(release) },
    logger: createLogger({ level: 'silent' }),
    onDeniedWill: (_session: Session, topic: string) => void denied.push(topic),
  } as unknown as PresenceOptions);
  presence.finished({
    ...{ clientId: 'pump-1', endedBy, deniedWill, traits: plainTraits, baseClass: 'bulk', class: 'critical' },
    ...{ upstream: {}, connection: {} },
  } as unknown as Session);
  return { release: released[0]!, denied };
}

test.each([
  ['normal', undefined, false],
  ['connection-lost', undefined, true],
  ['connection-lost', 'closed/x', false],
  ['normal', 'closed/x', false],
] as const)(
  'a connection that ends as %s, with a will on %s that is denied: fires %s',
  (reason, topic, fires) => {
    const { release, denied } = endOf(reason, topic);
    expect(release.firesWill).toBe(fires);
    expect(denied).toEqual(topic !== undefined && reason !== 'normal' ? [topic] : []);
  },
);

test('Redis is told the class a device has by the rules', () => {
  expect(endOf('connection-lost').release.baseClass).toBe('bulk');
});
