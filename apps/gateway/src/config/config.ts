import {
  ConfigError,
  loadConfig,
  printConfig,
  type DeepReadonly,
  type Environment,
} from '@tributary/runtime';
import type { z } from 'zod';
import { anonymousNotice } from './anonymous.ts';
import { authFileProblems } from './auth-files.ts';
import { unreadableFiles } from './files.ts';
import { profiles } from './profiles.ts';
import { gatewaySchema } from './schema.ts';

/** A node's configuration: complete, checked and frozen. Units are in the names; parts are given their slice. */
export type GatewayConfig = DeepReadonly<z.output<typeof gatewaySchema>>;

/** First part of the name of every variable that sets an option. */
export const environmentPrefix = 'TRIBUTARY';

/** Variables with our prefix that are no options: those of other programs and scripts, and the way to the file. */
const otherVariables = [
  'TRIBUTARY_ADMIN_*',
  'TRIBUTARY_CONFIG',
  'TRIBUTARY_DEMO_*',
  'TRIBUTARY_PARENT_WATCH',
  'TRIBUTARY_REDIS_SERVER',
  'TRIBUTARY_TEST_*',
];

export interface GatewayConfigRequest {
  /** YAML or JSON; default `TRIBUTARY_CONFIG` of `env`, and without it no file. */
  readonly file?: string | undefined;
  readonly env: Environment;
}

export interface LoadedGatewayConfig {
  readonly config: GatewayConfig;
  /** The file it was read from, if any. */
  readonly file: string | undefined;
  /** Sentences to log at `warn` before anything else. */
  readonly warnings: readonly string[];
}

/** Reads the node's configuration. @throws ConfigError with every problem found; the node must not start then. */
export function loadGatewayConfig(request: GatewayConfigRequest): LoadedGatewayConfig {
  const { env } = request;
  const file = request.file ?? (env.TRIBUTARY_CONFIG || undefined);
  const { config, warnings } = loadConfig({
    schema: gatewaySchema,
    file,
    env,
    prefix: environmentPrefix,
    ignore: otherVariables,
    profiles,
  });
  const unreadable = [...unreadableFiles(config), ...authFileProblems(config)];
  if (unreadable.length > 0) throw new ConfigError(unreadable);
  const notice = anonymousNotice(config);
  return { config, file, warnings: notice === undefined ? warnings : [...warnings, notice] };
}

/** The configuration in force as YAML, passwords masked. */
export function printGatewayConfig(config: GatewayConfig): string {
  return printConfig(gatewaySchema, config);
}
