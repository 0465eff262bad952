import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** What stands in the file of a running node now. */
export type Content =
  | { readonly kind: 'absent' }
  /** It is there and must not be taken; `why` follows the file's name. */
  | { readonly kind: 'unfit'; readonly why: string; readonly digest: string }
  | { readonly kind: 'text'; readonly digest: string };

/** A configuration with thousands of rules is far below. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Looks into a configuration file. An empty one is a configuration, and a node may start with it; but one that was emptied
 * under a running node is most likely half written, and would set everything back to its default.
 */
export function readContent(file: string): Content {
  try {
    const { size } = statSync(file);
    if (size > maxFileBytes)
      return { kind: 'unfit', why: `is larger than ${maxFileBytes} bytes`, digest: `size ${size}` };
    const bytes = readFileSync(file);
    const digest = createHash('sha256').update(bytes).digest('base64');
    return isBlank(bytes) ? { kind: 'unfit', why: 'is empty', digest } : { kind: 'text', digest };
  } catch {
    return { kind: 'absent' };
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= 0x20);
}
