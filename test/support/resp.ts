/** A frame found in a buffer: where it ends. */
export type FrameEnd = number | undefined;

const CR = 13;

function lineEnd(bytes: Buffer, at: number): FrameEnd {
  const end = bytes.indexOf('\r\n', at);
  return end < 0 ? undefined : end;
}

/**
 * End of the RESP2 or RESP3 reply that starts at `at`, or undefined when it is not complete.
 *
 * @throws Error on bytes that are no RESP.
 */
export function replyEnd(bytes: Buffer, at: number): FrameEnd {
  const line = lineEnd(bytes, at);
  if (line === undefined) return undefined;
  const body = line + 2;
  const size = (): number => Number(bytes.toString('latin1', at + 1, line));
  switch (String.fromCharCode(bytes[at] ?? CR)) {
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '(':
    case '_':
      return body;
    case '$':
    case '=':
    case '!': {
      if (size() < 0) return body;
      const end = body + size() + 2;
      return end <= bytes.length ? end : undefined;
    }
    case '*':
    case '~':
    case '>':
      return manyEnd(bytes, body, size());
    case '%':
      return manyEnd(bytes, body, 2 * size());
    case '|':
      return manyEnd(bytes, body, 2 * size() + 1); // an attribute and the reply it belongs to
    default:
      throw new Error(`no RESP reply: ${JSON.stringify(bytes.toString('latin1', at, at + 40))}`);
  }
}

function manyEnd(bytes: Buffer, from: number, count: number): FrameEnd {
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at >= bytes.length) return undefined;
    const end = replyEnd(bytes, at);
    if (end === undefined) return undefined;
    at = end;
  }
  return at;
}

/** A command as a client sends it: an array of bulk strings. */
export interface Command {
  /** The exact bytes, to forward. */
  raw: Buffer;
  args: Buffer[];
  /** First argument, upper case. */
  name: string;
}

/** The command that starts at `at`, or undefined when it is not complete. Inline commands are no part of this. */
export function readCommand(bytes: Buffer, at: number): Command | undefined {
  const end = at < bytes.length ? replyEnd(bytes, at) : undefined;
  if (end === undefined) return undefined;
  const args: Buffer[] = [];
  let cursor = (lineEnd(bytes, at) ?? at) + 2;
  while (cursor < end) {
    const line = lineEnd(bytes, cursor) ?? end;
    const size = Number(bytes.toString('latin1', cursor + 1, line));
    args.push(bytes.subarray(line + 2, line + 2 + size));
    cursor = line + 2 + size + 2;
  }
  return { raw: bytes.subarray(at, end), args, name: String(args[0] ?? '').toUpperCase() };
}
