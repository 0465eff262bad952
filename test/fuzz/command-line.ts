import { parseArgs } from 'node:util';

export const usage = `npm run fuzz -- [options]

  --seconds N     how long, default 60
  --seed S        a whole number; default from the clock, and printed
  --case N        play only case N of the seed
  --replay FILE   play the cases of a file that an earlier run wrote
`;

/** What to do. */
export interface Command {
  readonly seconds: number;
  readonly seed: number;
  readonly case?: number;
  readonly replay?: string;
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new TypeError(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}

/** Reads the arguments. @throws TypeError that says what is wrong */
export function readCommand(args: readonly string[], now: number): Command {
  const text = { type: 'string' } as const;
  const options = { seconds: text, seed: text, case: text, replay: text };
  const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
  const { seconds = '60', seed = String(now % 1_000_000_000), case: number, replay } = values;
  return {
    seconds: whole('seconds', seconds),
    seed: whole('seed', seed),
    ...(number === undefined ? {} : { case: whole('case', number) }),
    ...(replay === undefined ? {} : { replay }),
  };
}
