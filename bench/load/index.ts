export type { AttackReport, AttackTarget } from './attacks/attack.ts';
export { AttackProcess } from './attacks/attack-process.ts';
export { attackers } from './attacks/attackers.ts';
export { unwantedEnds, type Counters } from './counters.ts';
export { Fleet, type FleetReport, type Heard } from './fleet.ts';
export { FleetProcess, type RemoteFleet } from './fleet-process.ts';
export { Histogram, type HistogramRecord, type LatencySummary } from './histogram.ts';
export type { DeviceLedger, Ledger } from './ledger.ts';
export { numberedPayload, numberOf, type PayloadMaker } from './payload.ts';
export {
  mostDevices,
  type Endpoint,
  type Fault,
  type FleetPlan,
  type Pattern,
  type Protocol,
} from './plan.ts';
export type { Range } from './range-set.ts';
export { verifyUplink, type Verdict, type VerifyOptions } from './verify.ts';
