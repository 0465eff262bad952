/** Fields that few messages have; absent for the many that have none of them. */
export interface EntryExtras {
  readonly retain?: boolean;
  readonly contentType?: string;
  /** JSON of MessageProperties. */
  readonly props?: string;
}

/** Names and values as RESP bulk strings, and how many arguments they are. */
export interface EncodedExtras {
  readonly bytes: Buffer;
  readonly arguments: number;
}

export function encodeExtras(extras: EntryExtras): EncodedExtras {
  const values: string[] = [];
  if (extras.retain === true) values.push('retain', '1');
  if (extras.contentType !== undefined) values.push('ctype', extras.contentType);
  if (extras.props !== undefined) values.push('props', extras.props);
  const text = values.map((value) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`).join('');
  return { bytes: Buffer.from(text), arguments: values.length };
}
