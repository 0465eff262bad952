#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigError, createLogger, runUntilSignal } from '@tributary/runtime';
import { readAdminConfig, type AdminConfig } from './config.ts';
import { startAdmin, type AdminServer } from './server.ts';

const usage = `Usage: tributary-admin [--config FILE] [--check]

  --config FILE  YAML or JSON; every option also has a TRIBUTARY_… environment name, which wins
  --check        check the configuration and exit: 0 when it is good, 2 when it is not
`;

const stopDeadlineMs = 5000;

function main(): void {
  const args = readArguments();
  if (args.help) {
    process.stdout.write(usage);
    return;
  }
  const { config, warnings } = readConfig(args.config);
  if (args.check) return;
  void run(config, warnings);
}

function readArguments(): { config?: string; check?: boolean; help?: boolean } {
  try {
    const options = {
      config: { type: 'string' },
      check: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`);
  }
}

function readConfig(file: string | undefined): { config: AdminConfig; warnings: readonly string[] } {
  try {
    return readAdminConfig(process.env, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(`${error.message}\n`);
  }
}

async function run(config: AdminConfig, warnings: readonly string[]): Promise<void> {
  const logger = createLogger({ level: config.log.level, name: 'admin' });
  for (const warning of warnings) logger.warn(warning);
  let server: AdminServer | undefined;
  await runUntilSignal({
    logger,
    deadlineMs: stopDeadlineMs,
    start: async () => {
      const webRoot = fileURLToPath(new URL('./web', import.meta.url));
      server = await startAdmin(config, { logger, webRoot });
      logger.info({ address: server.address }, 'admin ready');
    },
    stop: async () => server?.stop(),
  });
}

function fail(message: string): never {
  process.stderr.write(message);
  process.exit(2);
}

main();
