#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigError, createLogger, runUntilSignal } from '@tributary/runtime';
import { firstOperatorName, introduction } from './access/first-operator.ts';
import { resetPassword } from './access/reset-password.ts';
import { readAdminConfig, type AdminConfig } from './config.ts';
import { HttpProblem } from './http/problem.ts';
import { startAdmin, type AdminServer } from './server.ts';

const usage = `Usage: tributary-admin [--config FILE] [--check | --reset-password NAME]

  --config FILE  YAML or JSON; every option also has a TRIBUTARY_… environment name, which wins
  --check        check the configuration and exit: 0 when it is good, 2 when it is not
  --reset-password NAME
                 give an operator a new password, print it, and end their sessions
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
  const name = args['reset-password'];
  void (name === undefined ? run(config, warnings) : reset(config, name));
}

interface Arguments {
  'config'?: string;
  'check'?: boolean;
  'reset-password'?: string;
  'help'?: boolean;
}

function readArguments(): Arguments {
  try {
    const options = {
      'config': { type: 'string' },
      'check': { type: 'boolean' },
      'reset-password': { type: 'string' },
      'help': { type: 'boolean', short: 'h' },
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
      // Waited for by whoever started this, whatever the level.
      const announce = logger.child({}, { level: 'info' });
      const onFirstOperator = (password: string | undefined): void => {
        announce.info({ operator: firstOperatorName }, 'first operator made');
        if (password !== undefined) tell(introduction(password));
      };
      server = await startAdmin(config, { logger, webRoot, onFirstOperator });
      announce.info({ address: server.address }, 'admin ready');
    },
    stop: async () => server?.stop(),
  });
}

async function reset(config: AdminConfig, name: string): Promise<void> {
  try {
    tell(await resetPassword(config, name, createLogger({ level: 'silent' })));
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    fail(`${error.message}\n`, 1);
  }
}

/** To whoever started this process, and never into its log. */
function tell(text: string): void {
  process.stdout.write(text);
}

function fail(message: string, code = 2): never {
  process.stderr.write(message);
  process.exit(code);
}

main();
