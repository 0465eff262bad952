import { readFileSync } from 'node:fs';
import type { ConfigProblem } from '@tributary/runtime';

interface Facts {
  readonly listeners: readonly { readonly tls?: Readonly<Record<string, string | undefined>> | undefined }[];
}

/** The files a config names that cannot be read, so that a start fails before it has begun and `--check` notices. */
export function unreadableFiles({ listeners }: Facts): ConfigProblem[] {
  return listeners.flatMap(({ tls = {} }, index) =>
    Object.entries(tls).flatMap(([key, file]) => {
      const reason = file === undefined ? undefined : whyUnreadable(file);
      if (reason === undefined) return [];
      const path = `listeners[${index}].tls.${key}`;
      return [{ path, message: `${path} must be a file this process may read (${reason})` }];
    }),
  );
}

function whyUnreadable(file: string): string | undefined {
  try {
    readFileSync(file);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}
