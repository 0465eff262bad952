import { nearest } from '@tributary/runtime';
import { UsageError } from './usage-error.ts';

/** One option of a command: `value` names what follows it, absent for a flag. */
export interface OptionSpec {
  value?: string;
  says: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given: text for options with a value, true for flags. */
export type GivenOptions<Specs extends OptionSpecs> = {
  [Name in keyof Specs]?: Specs[Name] extends { value: string } ? string : true;
};

/**
 * Reads `--name value`, `--name=value` and `--flag`.
 *
 * @throws UsageError for an unknown option (with the nearest), a missing value or a word that belongs nowhere.
 */
export function readOptions<Specs extends OptionSpecs>(words: string[], specs: Specs): GivenOptions<Specs> {
  const given: Record<string, string | true> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('--')) throw new UsageError(`${word} belongs to no option`);
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined)
      throw unknown(
        'option',
        `--${name}`,
        Object.keys(specs).map((known) => `--${known}`),
      );
    if (spec.value === undefined) {
      if (equals >= 0) throw new UsageError(`--${name} takes no value`);
      given[name] = true;
      continue;
    }
    const value = equals < 0 ? words[++i] : word.slice(equals + 1);
    // What looks like the next option is a value that was forgotten; `--name=--x` says that it is meant.
    const isForgotten = equals < 0 && value?.startsWith('--') === true;
    if (value === undefined || value === '' || isForgotten)
      throw new UsageError(`--${name} needs ${spec.value}`);
    given[name] = value;
  }
  return given as GivenOptions<Specs>;
}

/** A number option. @throws UsageError when it is none within the bounds. */
export function numberOption(
  name: string,
  text: string,
  least: number,
  most: number,
  isWhole = true,
): number {
  const value = Number(text);
  if (Number.isNaN(value) || value < least || value > most || (isWhole && !Number.isInteger(value))) {
    throw new UsageError(
      `--${name} must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}, not ${text}`,
    );
  }
  return value;
}

/** Lines that explain options, for a help text. */
export function describeOptions(specs: OptionSpecs): string {
  const heads = Object.entries(specs).map(
    ([name, { value }]) => `--${name}${value === undefined ? '' : ` ${value}`}`,
  );
  const width = Math.max(...heads.map((head) => head.length)) + 3;
  return Object.values(specs)
    .map(({ says }, i) => `  ${heads[i]!.padEnd(width)}${says}`)
    .join('\n');
}

/** The refusal of a name nobody knows, with the one that was probably meant. */
export function unknown(what: string, name: string, known: string[]): UsageError {
  const meant = nearest(name, known);
  const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
  return new UsageError(`no ${what} ${name}; ${hint}`);
}
