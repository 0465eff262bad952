import type { Keys } from '@tributary/backplane';
import type { DeviceTraffic } from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';

/** The newest entries of a partition that are looked through. */
const maxEntries = 2000;
/** Payloads come with their entries: no more than about this is fetched for one look. */
const maxBytes = 4_194_304;
const firstPage = 20;
const largestPage = 500;
const maxTopics = 50;
const maxTopicLength = 512;

interface Seen {
  messages: number;
  bytes: number;
  lastAt: number;
}

/** What a device sent among the newest entries of its partition; pages grow only while they are small. */
export async function sampleTraffic(
  redis: Redis,
  keys: Keys,
  clientId: string,
): Promise<Omit<DeviceTraffic, 'at'>> {
  const key = keys.uplink(keys.partitionOf(clientId));
  const topics = new Map<string, Seen>();
  const sampled = { entries: 0, ofDevice: 0, from: 0, to: 0 };
  let end = '+';
  let page = firstPage;
  for (let bytes = 0; sampled.entries < maxEntries && bytes < maxBytes;) {
    const entries = await redis.xrevrangeBuffer(key, end, '-', 'COUNT', page);
    let pageBytes = 0;
    for (const [id, flat] of entries) {
      const at = Number.parseInt(id.toString(), 10);
      if (sampled.entries++ === 0) sampled.to = at;
      sampled.from = at;
      count(flat, clientId, at, topics);
      pageBytes += flat.reduce((sum, part) => sum + part.length, 0);
    }
    bytes += pageBytes;
    if (entries.length < page) break;
    end = `(${entries.at(-1)![0].toString()}`;
    page = nextPage(page, pageBytes, maxBytes - bytes);
  }
  for (const { messages } of topics.values()) sampled.ofDevice += messages;
  return { topics: busiest(topics), sampled };
}

/** As many entries as should fit into what may still be fetched, if the next are like the last. */
function nextPage(page: number, pageBytes: number, leftBytes: number): number {
  const fitting = Math.floor((leftBytes * page) / Math.max(1, pageBytes));
  return Math.max(1, Math.min(largestPage, page * 2, fitting));
}

function count(flat: readonly Buffer[], clientId: string, at: number, topics: Map<string, Seen>): void {
  let device = '';
  let topic = '';
  let bytes = 0;
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const value = flat[i + 1]!;
    const name = flat[i]!.toString();
    if (name === 'device') device = value.toString();
    else if (name === 'topic') topic = value.toString();
    else if (name === 'payload') bytes = value.length;
  }
  if (device !== clientId) return;
  const shown = topic.slice(0, maxTopicLength);
  const seen = topics.get(shown) ?? { messages: 0, bytes: 0, lastAt: at };
  seen.messages++;
  seen.bytes += bytes;
  topics.set(shown, seen);
}

function busiest(topics: ReadonlyMap<string, Seen>): DeviceTraffic['topics'] {
  return [...topics]
    .map(([topic, seen]) => ({ topic, ...seen }))
    .sort((a, b) => b.messages - a.messages || (a.topic < b.topic ? -1 : 1))
    .slice(0, maxTopics);
}
