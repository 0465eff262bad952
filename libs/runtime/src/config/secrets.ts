export const mask = '***';

/** A text with the passwords of URLs in it masked, in their authority and in their query. */
export function maskUrlSecrets(text: string): string {
  return text
    .replaceAll(/(:\/{0,3}[^\s:/?#@]*:)[^\s]*@/g, `$1${mask}@`)
    .replaceAll(/([?&][^=&\s]*(?:password|passphrase|secret|token)[^=&\s]*=)[^&\s]*/gi, `$1${mask}`);
}

/** A secret as it may be printed: a URL keeps all but its passwords, anything else shows nothing. */
export function maskSecret(value: unknown): string {
  return typeof value === 'string' && URL.canParse(value) ? maskUrlSecrets(value) : mask;
}
