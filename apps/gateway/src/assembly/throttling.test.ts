import type { Keys, Store } from '@tributary/backplane';
import { createLogger } from '@tributary/runtime';
import { beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '../audit/audit-event.ts';
import { loadGatewayConfig } from '../config/config.ts';
import { SessionRegistry } from '../session/registry.ts';
import type { Throttling } from '../session/throttling/throttling.ts';
import { buildThrottling } from './throttling.ts';

const note = {
  scope: 'address',
  reason: 'connection-rate',
  rule: 'sources.address.rate',
  action: 'refuse',
  isObserved: false,
} as const;

let nowMs: number;
let said: AuditEvent[];
let throttling: Throttling;
beforeEach(() => {
  nowMs = 0;
  said = [];
  throttling = buildThrottling(loadGatewayConfig({ env: {} }).config.rates, 64, {
    registry: new SessionRegistry(),
    // Redis is away.
    store: { isUp: false } as Store,
    keys: undefined as unknown as Keys,
    logger: createLogger({ level: 'fatal' }),
    audit: { say: (event) => void said.push(event) },
    now: () => 1_700_000_000_000 + nowMs,
    monotonic: () => nowMs,
    nodeName: () => 'gw-1.a',
  });
});

test('what a limit does is told to the audit, with how often and by which rule; Redis need not be there', () => {
  for (let i = 0; i < 5; i++) throttling.note(note, { address: '10.0.0.1:5' });
  nowMs = 1000;
  throttling.turn();
  expect(said).toEqual([
    {
      kind: 'throttled',
      outcome: 'failure',
      source: '10.0.0.1:5',
      clientId: undefined,
      user: undefined,
      reason: 'connection-rate',
      detail: 'sources.address.rate: struck 5×, 5 refused',
    },
  ]);
});

test('a limit that only watches refuses nothing, and says so', () => {
  throttling.note({ ...note, isObserved: true }, { user: 'anna' });
  nowMs = 1000;
  throttling.turn();
  expect(said).toMatchObject([
    {
      outcome: 'success',
      user: 'anna',
      detail: 'sources.address.rate: struck 1×, 1 refused, had it not only watched',
    },
  ]);
});

test('what stands in the timeline of a device waits until Redis is there', () => {
  throttling.note(note, { clientId: 'pump' });
  nowMs = 1000;
  throttling.turn();
  expect(said).toEqual([]);
});
