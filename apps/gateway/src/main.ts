import { createLogger, runUntilSignal } from '@tributary/runtime';
import { readCommand } from './command.ts';
import { loadApart } from './config/apart.ts';
import { Gateway } from './gateway.ts';

const errand = readCommand(process.argv.slice(2), process.env);
if (errand.kind === 'exit') {
  process.stdout.write(errand.stdout);
  process.stderr.write(errand.stderr);
  process.exitCode = errand.exitCode;
} else {
  const { config, file, warnings } = errand;
  const logger = createLogger({ level: config.log.level });
  for (const warning of warnings) logger.warn(warning);
  const gateway = new Gateway(
    config,
    logger,
    file === undefined ? undefined : { file, warnings, load: () => loadApart({ file, env: process.env }) },
  );
  process.on('SIGHUP', () => gateway.reload());
  await runUntilSignal({
    start: () => gateway.start(),
    stop: () => gateway.stop(),
    // The gateway keeps its own deadline; this one is the last resort.
    deadlineMs: config.shutdown.deadlineMs + 1000,
    logger,
  });
}
