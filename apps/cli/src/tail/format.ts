import type { Entry } from './entry.ts';
import { decodeUtf8, escapeText, safeJson, showPayload } from './text.ts';

const mostPayloadBytes = 2048;
/** Fields that have a place of their own in the line. */
const placed = {
  messages: new Set(['device', 'epoch', 'seq', 'topic', 'qos', 'ts']),
  events: new Set(['device', 'epoch', 'ts', 'type']),
};

/** One line for people. Nothing in it can move the cursor or colour the terminal. */
export function textLine(entry: Entry): string {
  const { values, device } = entry;
  const time = new Date(entry.atMs).toISOString().slice(11, 23);
  const rest = Object.entries(values)
    .filter(([name, value]) => !placed[entry.stream].has(name) && value !== '')
    .map(([name, value]) => `${name}=${value}`);
  const parts =
    entry.stream === 'messages'
      ? [
          time,
          device,
          entry.topic,
          `qos ${values['qos'] ?? '?'}`,
          `#${values['epoch'] ?? '?'}/${values['seq'] ?? '?'}`,
          ...rest,
        ]
      : [time, device, `* ${values['type'] ?? 'event'}`, `epoch ${values['epoch'] ?? '?'}`, ...rest];
  const head = parts.map(escapeText).join('  ');
  return entry.stream === 'messages' ? `${head}  ${showPayload(entry.payload, mostPayloadBytes)}` : head;
}

/** One JSON object: the stream, the entry's id, its fields as they stand; a payload that is no UTF-8 as `payloadHex`. */
export function jsonLine(entry: Entry): string {
  const { stream, id, values, payload } = entry;
  if (stream === 'events') return safeJson({ stream, id, ...values });
  const text = decodeUtf8(payload);
  return safeJson({
    stream,
    id,
    ...values,
    ...(text === undefined ? { payloadHex: payload.toString('hex') } : { payload: text }),
  });
}
