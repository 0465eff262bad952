import type { OptionSpecs } from './options.ts';
import type { Output } from './output.ts';

/** What a command has to work with. */
export interface CommandContext {
  words: string[];
  environment: Readonly<Record<string, string | undefined>>;
  out: Output;
  /** For remarks that are not the command's output. */
  remark(line: string): void;
  /** Aborted when the person wants it to end. */
  stop: AbortSignal;
}

/** A subcommand. */
export interface Command {
  says: string;
  /** What follows its name; `[options]` unless told otherwise. */
  usage?: string;
  help: string;
  options: OptionSpecs;
  /** @throws UsageError or Failure with a message for the person. */
  run(context: CommandContext): Promise<void>;
}
