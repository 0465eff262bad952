import { readFileSync } from 'node:fs';
import type { ConfigProblem } from '@tributary/runtime';

interface Facts {
  readonly listeners: readonly {
    readonly tls?:
      | (Readonly<
          Partial<Record<'certFile' | 'keyFile' | 'caFile' | 'ticketKeyFile', string | undefined>>
        > & {
          readonly crl?: { readonly files: readonly string[] } | undefined;
        })
      | undefined;
  }[];
}

/** The files a config names that cannot be read, so that a start fails before it has begun and `--check` notices. */
export function unreadableFiles({ listeners }: Facts): ConfigProblem[] {
  return listeners.flatMap(({ tls = {} }, index) => {
    const { certFile, keyFile, caFile, ticketKeyFile, crl } = tls;
    const lists = (crl?.files ?? []).map((file, i) => [`crl.files[${i}]`, file] as const);
    return [...Object.entries({ certFile, keyFile, caFile, ticketKeyFile }), ...lists].flatMap(
      ([key, file]) => (file === undefined ? [] : problemOf(`listeners[${index}].tls.${key}`, file)),
    );
  });
}

function problemOf(path: string, file: string): ConfigProblem[] {
  const reason = whyUnreadable(file);
  return reason === undefined
    ? []
    : [{ path, message: `${path} must be a file this process may read (${reason})` }];
}

function whyUnreadable(file: string): string | undefined {
  try {
    readFileSync(file);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}
