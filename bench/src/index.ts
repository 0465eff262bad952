export { isFair, measureFairness, type FairnessResult } from './fairness.ts';
export { cpuMicroseconds, rssBytes } from './measure/process-stats.ts';
export { startRedis, type PrivateRedis } from './measure/redis-server.ts';
export { startServer, type RunningServer, type ServerName } from './measure/servers.ts';
export type { ProgramOptions, ProgramResult } from './program.ts';
export { measureSoak, soakBounds, type SoakResult } from './soak.ts';
export { compareThroughput } from './throughput-table.ts';
export { measureCell, type Cell, type CellOptions, type Measurement } from './throughput.ts';
