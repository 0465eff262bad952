export { ManualClock, systemClock, type Clock } from './clock.ts';
export { configChanges, type ConfigChange } from './config/config-changes.ts';
export { ConfigError, type ConfigProblem } from './config/config-error.ts';
export type { DeepReadonly } from './config/deep-freeze.ts';
export type { Environment } from './config/environment.ts';
export { withLiveValues } from './config/live-values.ts';
export { loadConfig, type LoadedConfig } from './config/load-config.ts';
export { nearest } from './config/nearest.ts';
export { optionTables } from './config/option-tables.ts';
export { listOptions } from './config/options.ts';
export { printConfig } from './config/print-config.ts';
export { withDeadline } from './deadline.ts';
export { FileWatch } from './file-watch.ts';
export { Gate } from './gate.ts';
export { runUntilSignal } from './lifecycle.ts';
export { createLogger, lineOutput, logLevels, type LineOutput, type Logger } from './log.ts';
export {
  defaultHashCost,
  hashPassword,
  type HashCost,
  type HashedPassword,
  matchesPassword,
} from './passwords/password-hash.ts';
export { HashThread } from './passwords/hash-thread.ts';
export { hasUser, isUserName, parseUsersFile, withUser } from './passwords/users-file.ts';
export { configTemplate, type TemplateSchema } from './config/config-template.ts';
export {
  readAuthorities,
  readServerCertificate,
  readTlsFile,
  type CertificateFiles,
  type ServerCertificate,
  TlsFileError,
} from './tls/server-certificate.ts';
export { serverTrustSchema } from './tls/server-trust.ts';
export { serverTls, type TlsVersion, tlsVersions } from './tls/server-tls.ts';
export { TicketKeys } from './tls/ticket-keys.ts';
