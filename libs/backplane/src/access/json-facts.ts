const maxTextLength = 256;

/** The fields of an object kept as JSON; undefined for what is none. */
export function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What somebody wrote, cut short; empty for what is no text. */
export const text = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, maxTextLength) : '';
