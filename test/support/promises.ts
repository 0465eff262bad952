import type { Publisher, Sent } from './publisher.ts';
import type { UplinkEntry } from './streams.ts';

const indexOf = (entry: UplinkEntry): number => Number(entry.payload.toString().split(':')[1]);

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** P1: every acknowledged message is in the stream. */
function unstored(publisher: Publisher, entries: readonly UplinkEntry[]): string[] {
  const stored = new Set(entries.map(indexOf));
  return publisher.acknowledged
    .filter(({ index }) => !stored.has(index))
    .map(({ index, qos }) => `message ${index} at QoS ${qos} was acknowledged and is not stored`);
}

/** P2: within an epoch, first occurrences stand in the order of `seq`, which is the order of sending. */
function disordered(entries: readonly UplinkEntry[]): string[] {
  const faults: string[] = [];
  for (const [epoch, ofEpoch] of groupBy(entries, (entry) => entry.epoch)) {
    let lastSeq = 0;
    let lastIndex = -1;
    let lastQos = 0;
    const indexes = new Map<number, number>();
    for (const entry of ofEpoch) {
      const index = indexOf(entry);
      const known = indexes.get(entry.seq);
      if (known !== undefined) {
        if (known !== index)
          faults.push(`epoch ${epoch} seq ${entry.seq} stands for messages ${known} and ${index}`);
        continue;
      }
      indexes.set(entry.seq, index);
      if (entry.seq <= lastSeq || index <= lastIndex) {
        faults.push(
          `epoch ${epoch}: seq ${entry.seq} (message ${index}, QoS ${entry.qos}) behind seq ${lastSeq} (message ${lastIndex}, QoS ${lastQos})`,
        );
      }
      if (entry.seq > lastSeq) lastQos = entry.qos;
      lastSeq = Math.max(lastSeq, entry.seq);
      lastIndex = Math.max(lastIndex, index);
    }
  }
  return faults;
}

/** P3: QoS 2 once, QoS 0 at most once, QoS 1 repeated within an epoch under its own `seq` only. */
function doubled(publisher: Publisher, entries: readonly UplinkEntry[]): string[] {
  const faults: string[] = [];
  for (const [index, same] of groupBy(entries, indexOf)) {
    const qos = publisher.messages[index]?.qos;
    if (qos !== 1 && same.length > 1)
      faults.push(`message ${index} at QoS ${qos} is stored ${same.length} times`);
    for (const [epoch, ofEpoch] of groupBy(same, (entry) => entry.epoch)) {
      const seqs = new Set(ofEpoch.map(({ seq }) => seq));
      if (seqs.size > 1) faults.push(`message ${index} has ${seqs.size} sequence numbers in epoch ${epoch}`);
    }
  }
  return faults;
}

/**
 * On each connection the acknowledged messages are the first ones: nothing behind an unstored one is acknowledged. Only
 * a repeated QoS 2 message that was stored on an earlier connection is, and then in the order of QoS 2.
 */
function skipped(publisher: Publisher): string[] {
  return publisher.lives.flatMap((life, number) => {
    const isStoredBefore = (message: Sent): boolean =>
      message.qos === 2 && life.repeated.has(message) && life.acknowledged.has(message);
    const chains = [
      life.sent.filter((message) => !isStoredBefore(message)),
      life.sent.filter(({ qos }) => qos === 2),
    ];
    return chains.flatMap((sent) => {
      const firstOpen = sent.findIndex((message) => !life.acknowledged.has(message));
      const later =
        firstOpen < 0 ? [] : sent.slice(firstOpen).filter((message) => life.acknowledged.has(message));
      return later.map(
        ({ index, qos }) =>
          `connection ${number}: ${index} (QoS ${qos}) acknowledged, ${sent[firstOpen]?.index} (QoS ${sent[firstOpen]?.qos}) before it not`,
      );
    });
  });
}

/** What breaks a promise to one publisher, in words; empty when all of P1, P2 and P3 hold. */
export function brokenPromises(publisher: Publisher, entries: readonly UplinkEntry[]): string[] {
  return [
    ...unstored(publisher, entries),
    ...disordered(entries),
    ...doubled(publisher, entries),
    ...skipped(publisher),
  ].map((fault) => `${publisher.clientId}: ${fault}`);
}
