import type { FleetPlan, Pattern } from './plan.ts';

/** What the process of a fleet is told, one JSON object a line; `fleet` names which of its fleets is meant. */
export type FleetCommand = { id: number; fleet: string } & (
  | { do: 'create'; plan: Omit<FleetPlan, 'payload'> }
  | { do: 'connect'; perSecond?: number; timeoutMs?: number; atOnce?: number }
  | { do: 'start'; pattern: Pattern }
  | { do: 'pause' }
  | { do: 'settle'; timeoutMs?: number }
  | { do: 'report' }
  | { do: 'latency' }
  | { do: 'reset-latency' }
  | { do: 'ledger' }
  | { do: 'heard'; last: number }
  | { do: 'end'; abrupt?: boolean }
);

/** Its answer, one JSON object a line. */
export type FleetAnswer = { id: number; result?: unknown } | { id: number; error: string };
