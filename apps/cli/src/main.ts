import type { Command } from './command.ts';
import { demoCommand } from './demo/demo.ts';
import { initCommand } from './init/init.ts';
import { describeOptions, unknown } from './options.ts';
import { standardOutput } from './output.ts';
import { passwdCommand } from './passwd/passwd.ts';
import { tailCommand } from './tail/tail.ts';
import { Failure, UsageError } from './usage-error.ts';

const commands: Readonly<Record<string, Command>> = {
  demo: demoCommand,
  passwd: passwdCommand,
  init: initCommand,
  tail: tailCommand,
};

function generalHelp(): string {
  const lines = Object.entries(commands).map(([name, { says }]) => `  ${name.padEnd(8)}${says}`);
  return `Usage: tributary COMMAND [options]\n\n${lines.join('\n')}\n  help    this text, or that of a command: tributary help COMMAND\n\nExits with 0 when all is well, 1 when it could not be done, 2 when the command line was not understood.\n`;
}

function helpOf(name: string, command: Command): string {
  return `Usage: tributary ${name} ${command.usage ?? '[options]'}\n\n${command.help}\n\n${describeOptions(command.options)}\n`;
}

function find(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw unknown('command', name, [...Object.keys(commands), 'help']);
  return command;
}

async function main(): Promise<void> {
  const [name, ...words] = process.argv.slice(2);
  const out = standardOutput();
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    const about = words[0];
    return out.write(about === undefined ? generalHelp() : helpOf(about, find(about)));
  }
  const command = find(name);
  if (words.includes('--help') || words.includes('-h')) return out.write(helpOf(name, command));
  const stopping = new AbortController();
  const stop = (): void => (stopping.signal.aborted ? process.exit(130) : stopping.abort());
  process.on('SIGINT', stop).on('SIGTERM', stop);
  await command.run({
    words,
    environment: process.env,
    out,
    remark: (line) => void process.stderr.write(`${line}\n`),
    stop: stopping.signal,
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const isForPeople = error instanceof UsageError || error instanceof Failure;
    process.stderr.write(`tributary: ${isForPeople ? error.message : (error as Error).stack}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
