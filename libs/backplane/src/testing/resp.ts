/**
 * The commands of a RESP byte stream, as arguments.
 * @throws Error when the bytes are not whole commands: arrays of bulk strings, nothing before, between or behind them
 */
export function readCommands(bytes: Buffer): Buffer[][] {
  const commands: Buffer[][] = [];
  let at = 0;
  const line = (mark: string): number => {
    const end = bytes.indexOf('\r\n', at);
    const text = bytes.toString('latin1', at, end);
    if (end < 0 || !new RegExp(`^\\${mark}(0|[1-9]\\d*)$`).test(text)) {
      throw new Error(`${JSON.stringify(text)} at ${at} is no ${mark} line`);
    }
    at = end + 2;
    return Number(text.slice(1));
  };
  while (at < bytes.length) {
    const count = line('*');
    commands.push(
      Array.from({ length: count }, () => {
        const length = line('$');
        const value = bytes.subarray(at, at + length);
        if (bytes.toString('latin1', at + length, at + length + 2) !== '\r\n') {
          throw new Error(`a bulk string at ${at} does not end after ${length} bytes`);
        }
        at += length + 2;
        return value;
      }),
    );
  }
  return commands;
}
