/** Columns of the device table as `cols=` in the URL names them, in the order they can be shown in. */
export const columnNames = [
  'id',
  'state',
  'cqi',
  'cause',
  'spark',
  'rtt',
  'jitter',
  'loss',
  'node',
  'last',
  'backlog',
  'flaps',
  'rate',
  'messages',
  'attention',
  'class',
  'proto',
  'address',
  'since',
  'tags',
] as const;
export type ColumnName = (typeof columnNames)[number];

export const defaultColumns: readonly ColumnName[] = [
  'id',
  'state',
  'cqi',
  'cause',
  'spark',
  'rtt',
  'node',
  'last',
  'backlog',
  'flaps',
  'tags',
];
