export {
  lastCredentialChange,
  readCredentialChanges,
  type CredentialMark,
} from './access/credential-changes.ts';
export {
  listCredentials,
  putCredential,
  readCredential,
  readCredentials,
  removeCredential,
  type DeviceCredential,
} from './access/device-credentials.ts';
export {
  disableDevice,
  enableDevice,
  listDisabled,
  readDisablement,
  type Disablement,
} from './access/disabled-devices.ts';
export {
  changeOperators,
  loadOperators,
  readOperatorsVersion,
  type OperatorsChange,
  type StoredOperators,
} from './access/operators.ts';
export { BlockingReader } from './blocking-reader.ts';
export { Keys, namespacePattern, type RollUpStep } from './keys.ts';
export { readControl, sendControl, sendControls, type ControlMessage } from './nodes/control.ts';
export {
  addQualityBins,
  type ClassBins,
  decodeQualityBins,
  devicesIn,
  emptyQualityBins,
  encodeQualityBins,
  type QualityBins,
  scoreBinOf,
  sessionBinOf,
  sessionBins,
  sessionBoundsMs,
} from './nodes/quality-bins.ts';
export { decodeQualitySamples, encodeQualitySamples, type QualitySample } from './nodes/quality-samples.ts';
export { reapNode, type Reaped } from './nodes/reaper.ts';
export {
  beatNode,
  declareDead,
  forgetNode,
  listNodes,
  readBeats,
  registerNode,
  unregisterNode,
  type NodeIdentity,
  type NodeState,
} from './nodes/registry.ts';
export { type RollUp, type RollUpFigures, rollUpSteps, writeRollUps } from './nodes/roll-ups.ts';
export { writeSamples, writeStats, type DeviceSample } from './nodes/stats.ts';
export { readAnswers, writeAnswers, type Answer, type OrderOutcome } from './operations/answers.ts';
export {
  automaticBans,
  type Ban,
  isAutomatic,
  listBans,
  maxAutomaticBans,
  putAutomaticBan,
  putBan,
  readBan,
  removeBan,
} from './operations/bans.ts';
export { noteAction, type DeviceAction } from './operations/device-actions.ts';
export { noteThrottled, type ThrottledFacts } from './presence/throttled.ts';
export { readOwners, type Order, type Owner } from './operations/orders.ts';
export {
  appendTrace,
  readNewestTrace,
  readTrace,
  readTraceTotals,
  type TraceEntry,
  type TraceEvent,
  type TraceTotals,
} from './operations/trace-events.ts';
export {
  traceEnd,
  isTraceRunning,
  listTraces,
  maxRunningTraces,
  startTrace,
  stopTrace,
  type TraceOrder,
} from './operations/traces.ts';
export { type ClassChange, tellClasses } from './presence/class-changes.ts';
export {
  claimDevice,
  releaseDevice,
  type Claim,
  type ClaimRequest,
  type LinkPast,
  type QueueState,
  type ReceivedMessage,
  type Release,
  type Released,
} from './presence/claims.ts';
export {
  type DeviceRecord,
  type DeviceRecordField,
  deviceRecordFields,
  parseDeviceRecord,
} from './presence/device-record.ts';
export {
  countOf,
  parsePenalties,
  parseQuality,
  parseTags,
  type QualityRecordField,
} from './presence/quality-fields.ts';
export { addTotals, type DeviceTouch, type QualityTouch, touchDevices } from './presence/device-records.ts';
export {
  enqueue,
  giveAway,
  readQueue,
  settleQueue,
  type EnqueueAnswer,
  type EnqueueRequest,
  type QueuedMessage,
  type QueueLimits,
  type QueueMessage,
  type QueueOp,
  type QueueSettlement,
} from './presence/queue.ts';
export { changeSubscriptions, markRouted } from './presence/sessions.ts';
export { dropResumeKey, putResumeKey, readResumeKey, type ResumeKey } from './presence/resume-keys.ts';
export { readSessionView } from './presence/session-view.ts';
export {
  encodeTimelineLine,
  readTimeline,
  readTimelineAfter,
  type TimelineLine,
} from './presence/timeline.ts';
export {
  dueTimers,
  expireSession,
  finishRouting,
  fireDelayedWill,
  readFiredWill,
  takeRouting,
  type DueTimer,
} from './presence/timers.ts';
export { encodeMessageRecord, type StoredMessage } from './records/message-record.ts';
export { type QualityFacts, zombieReasons } from './records/quality-facts.ts';
export { isLinkError } from './link-errors.ts';
export { isRedisUrl, parseRedisUrl } from './redis-address.ts';
export type { RedisTlsOptions } from './redis-tls.ts';
export { lastLogId, readLogs, readVersion, sendDoorbell, type LogChange } from './routing/logs.ts';
export {
  expireRetained,
  loadRetainedTopics,
  readRetained,
  setRetained,
  type RetainedChange,
} from './routing/retained.ts';
export { dropRoute, loadRoutes } from './routing/routes.ts';
export { checkStore, StoreRefused } from './store-check.ts';
export { closeRedis, createRedis, isReplyError, Store, type StoreOptions } from './store.ts';
export { EntryKind, Outcome, UplinkChannel, type OnSettled } from './uplink/channel.ts';
export type { ClassRank } from './uplink/class-queues.ts';
export type { ClassShares } from './uplink/deficit-round-robin.ts';
export type { EntryExtras } from './uplink/entry-extras.ts';
export type { LinkOptions } from './uplink/link.ts';
export { payloadBytesOf, type UplinkMessage, wholeMessage } from './uplink/message.ts';
export { type GroupLook, lookAtStreams, readPending, type StreamLook } from './uplink/stream-looks.ts';
export type { ReplicaDemand } from './uplink/replica-hold.ts';
export { UplinkWriter } from './uplink/writer.ts';
export type { Backlog, WriterEvents, WriterOptions } from './uplink/writer-options.ts';
