export { Keys } from './keys.ts';
export { readControl, sendControl, type ControlMessage } from './nodes/control.ts';
export { reapNode } from './nodes/reaper.ts';
export {
  beatNode,
  declareDead,
  forgetNode,
  listNodes,
  registerNode,
  unregisterNode,
  type NodeIdentity,
  type NodeState,
} from './nodes/registry.ts';
export { writeSamples, writeStats, type DeviceSample } from './nodes/stats.ts';
export {
  claimDevice,
  releaseDevice,
  type Claim,
  type ClaimRequest,
  type Release,
} from './presence/claims.ts';
export { addTotals, touchDevices, type DeviceTouch } from './presence/device-records.ts';
export { changeSubscriptions, expireSessions } from './presence/sessions.ts';
export { parseRedisUrl, type RedisAddress } from './redis-address.ts';
export { checkStore, StoreRefused, type Durability } from './store-check.ts';
export { closeRedis, createRedis, isReplyError, Store, type StoreOptions } from './store.ts';
export type { EntryExtras } from './uplink/batch.ts';
export { EntryKind, Outcome, UplinkChannel, type OnSettled } from './uplink/channel.ts';
export type { LinkOptions } from './uplink/link.ts';
export { UplinkWriter, type WriterEvents, type WriterOptions } from './uplink/writer.ts';
