/** What the arguments ask for. `refused` carries the sentence to print on stderr before exiting 2. */
export type Command =
  | { readonly kind: 'run'; readonly file: string | undefined }
  | { readonly kind: 'check'; readonly file: string | undefined }
  | { readonly kind: 'print-config'; readonly file: string | undefined }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'refused'; readonly message: string };

/** Reads the arguments after the program's name, `process.argv.slice(2)`. */
export function parseCommandLine(argv: readonly string[]): Command {
  void argv;
  return { kind: 'run', file: undefined };
}
