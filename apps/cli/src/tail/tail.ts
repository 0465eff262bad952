import { Keys } from '@tributary/backplane';
import type { Command, CommandContext } from '../command.ts';
import { numberOption, readOptions } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { readEntry, type Entry } from './entry.ts';
import { matchesGlob, matchesTopic, topicFilterFault } from './filters.ts';
import { jsonLine, textLine } from './format.ts';
import { Reader } from './reader.ts';

const options = {
  'device': { value: 'GLOB', says: 'only devices whose id matches: * any characters, ? one' },
  'topic': {
    value: 'FILTER',
    says: 'only messages whose topic matches an MQTT filter: devices/+/telemetry, devices/#',
  },
  'messages': { says: 'only messages' },
  'events': { says: 'only events' },
  'from-start': { says: 'begin with what the streams hold' },
  'count': { value: 'N', says: 'end after N lines' },
  'json': { says: 'one JSON object a line' },
  'redis': { value: 'URL', says: 'Redis (default TRIBUTARY_REDIS_URL or redis://127.0.0.1:6379)' },
  'namespace': { value: 'NAME', says: 'namespace (default TRIBUTARY_REDIS_NAMESPACE or tributary)' },
} as const;

/** Prints uplink entries and events as they arrive. */
export const tailCommand: Command = {
  says: 'messages and events as they arrive in the streams',
  help: 'Prints every message and event as it arrives in the streams. Reads only: it creates no consumer\ngroup and changes nothing. Payloads that are no printable UTF-8 are shown as hex.',
  options,
  run: tail,
};

async function tail({ words, environment, out, remark, stop }: CommandContext): Promise<void> {
  const given = readOptions(words, options);
  if (given.messages === true && given.events === true)
    throw new UsageError('--messages and --events exclude each other');
  const fault = given.topic === undefined ? undefined : topicFilterFault(given.topic);
  if (fault !== undefined) throw new UsageError(`--topic ${given.topic} is no MQTT topic filter: ${fault}`);
  const most =
    given.count === undefined ? Infinity : numberOption('count', given.count, 1, Number.MAX_SAFE_INTEGER);
  const namespace = given.namespace ?? environment['TRIBUTARY_REDIS_NAMESPACE'] ?? 'tributary';
  const isWanted = (entry: Entry): boolean =>
    (given.device === undefined || matchesGlob(given.device, entry.device)) &&
    (given.topic === undefined || (entry.stream === 'messages' && matchesTopic(given.topic, entry.topic)));
  const line = given.json === true ? jsonLine : textLine;
  const reader = makeReader({
    redisUrl: given.redis ?? environment['TRIBUTARY_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    namespace,
    streams:
      given.messages === true ? ['messages'] : given.events === true ? ['events'] : ['messages', 'events'],
    isFromStart: given['from-start'] === true,
    remark,
    stop,
  });
  let shown = 0;
  for await (const page of reader.pages()) {
    const lines: string[] = [];
    for (const raw of page) {
      const entry = readEntry(raw);
      if (shown === most || !isWanted(entry)) continue;
      shown++;
      lines.push(`${line(entry)}\n`);
    }
    if (lines.length > 0) await out.write(lines.join(''));
    if (shown === most) return;
  }
}

function makeReader(readerOptions: ConstructorParameters<typeof Reader>[0]): Reader {
  try {
    void new Keys(readerOptions.namespace, 1);
    return new Reader(readerOptions);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
