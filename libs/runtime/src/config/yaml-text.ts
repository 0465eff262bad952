import { stringify } from 'yaml';

/** A value as YAML that fits behind `key: `, on one line, spaced as Prettier spaces it. */
export function yamlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(insideFlow).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return stringify(value, { singleQuote: true, lineWidth: 0 }).trimEnd();
  const pairs = Object.entries(value).map(([key, inner]) => `${insideFlow(key)}: ${insideFlow(inner)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** Within brackets more texts need quotes than behind a key. */
function insideFlow(value: unknown): string {
  if (typeof value === 'object' && value !== null) return yamlText(value);
  const options = {
    singleQuote: true,
    lineWidth: 0,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  } as const;
  return stringify([value], options).trimEnd().slice(1, -1);
}
