import { ConfigError, type Environment } from '@tributary/runtime';
import { parseCommandLine, usage } from './command-line.ts';
import { loadGatewayConfig, printGatewayConfig, type LoadedGatewayConfig } from './config/config.ts';
import { profileDefaults } from './config/profiles.ts';
import { version } from './version.ts';

/** What to do after the arguments and the configuration were read: run a node, or say something and exit. */
export type Errand =
  | ({ readonly kind: 'run' } & LoadedGatewayConfig)
  | { readonly kind: 'exit'; readonly exitCode: 0 | 2; readonly stdout: string; readonly stderr: string };

/** Reads arguments (`process.argv.slice(2)`) and environment. Never throws for what a user may get wrong. */
export function readCommand(argv: readonly string[], env: Environment): Errand {
  const command = parseCommandLine(argv);
  switch (command.kind) {
    case 'refused':
      return { kind: 'exit', exitCode: 2, stdout: '', stderr: `${command.message}\n\n${usage}` };
    case 'help':
      return say(usage);
    case 'version':
      return say(`${version}\n`);
    default:
  }
  try {
    const loaded = loadGatewayConfig({ file: command.file, env });
    if (command.kind === 'run') return { kind: 'run', ...loaded };
    const warnings = loaded.warnings.map((warning) => `warning: ${warning}\n`).join('');
    return say(command.kind === 'check' ? checked(loaded) : printGatewayConfig(loaded.config), warnings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: 'exit', exitCode: 2, stdout: '', stderr: `${error.message}\n` };
  }
}

/** What `--check` says of a configuration that is right. */
function checked({ config, file }: LoadedGatewayConfig): string {
  const lines = ['configuration ok'];
  if (file !== undefined) lines.push(`file: ${file}`);
  if (config.profile !== undefined) {
    const keys = profileDefaults[config.profile].map(({ key }) => key);
    lines.push(`profile: ${config.profile}, with defaults of its own for ${keys.join(', ')}`);
  }
  return `${lines.join('\n')}\n`;
}

function say(stdout: string, stderr = ''): Errand {
  return { kind: 'exit', exitCode: 0, stdout, stderr };
}
