import { z } from 'zod';

/** A rule between options that is broken. `message` follows the path: `must be …`, `is missing; …`. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * A check between the options of a section, for `.check(…)`. Runs as soon as the facts it needs are there, whatever else
 * is wrong in the section, so that everything wrong is told at once.
 */
export function crossCheck<F>(
  facts: z.ZodType<F>,
  brokenIn: (facts: F) => BrokenRule[],
): z.core.$ZodCheck<unknown> {
  return z.superRefine<unknown>(
    (value, context) => {
      const known = facts.safeParse(value);
      for (const { path, message } of known.success ? brokenIn(known.data) : []) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    },
    { when: () => true },
  );
}

/** What a check needs of each entry of a list; null stands for an entry too broken to tell. */
export function entryFacts<S extends z.ZodRawShape>(
  shape: S,
): z.ZodArray<z.ZodCatch<z.ZodNullable<z.ZodObject<S>>>> {
  return z.array(z.object(shape).nullable().catch(null));
}
