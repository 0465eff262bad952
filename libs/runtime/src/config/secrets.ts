const mask = '***';

// Beyond it a text is not searched for passwords, and so not shown.
const longestRead = 1000;

/** A text with the passwords of URLs in it masked, in their authority and in their query. */
export function maskUrlSecrets(text: string): string {
  return text
    .replaceAll(/(:\/{0,3}[^\s:/?#@]*:)[^\s]*@/g, `$1${mask}@`)
    .replaceAll(/([?&][^=&\s]*(?:password|passphrase|secret|token)[^=&\s]*=)[^&\s]*/gi, `$1${mask}`);
}

/** A secret as it may be printed: a URL without its passwords and what its query says, anything else shows nothing. */
export function maskSecret(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) return mask;
  return maskUrlSecrets(value).replaceAll(/([?&#][^=&#\s]*=)[^&#\s]*/g, `$1${mask}`);
}

/** The beginning of a text a user gave, without the passwords of URLs in it; of a very long text nothing. */
export function excerpt(text: string, length: number): string {
  if (text.length > longestRead) return '…';
  const masked = maskUrlSecrets(text);
  return masked.length <= length ? masked : `${masked.slice(0, length)}…`;
}
