// What the admin server and the browser say to each other. Safe in a browser: nothing here imports `node:`.
export {
  deviceDetailSchema,
  deviceListQuerySchema,
  deviceListSchema,
  deviceRowSchema,
  deviceSorts,
  deviceStates,
  maxPageRows,
  type DeviceDetail,
  type DeviceList,
  type DeviceListQuery,
  type DeviceRow,
  type DeviceSort,
  type DeviceState,
} from './admin/device.ts';
export { fleetSchema, redisStatusSchema, type Fleet, type HistoryPoint } from './admin/fleet.ts';
export {
  feedCloseCodes,
  feedMessageSchema,
  feedRequestSchema,
  type FeedChannel,
  type FeedMessage,
  type FeedRequest,
  type RowChange,
  type Subscription,
} from './admin/feed.ts';
export { nodeListSchema, nodeStates, nodeViewSchema, type NodeState, type NodeView } from './admin/node.ts';
export { problemSchema, type Problem } from './admin/problem.ts';
