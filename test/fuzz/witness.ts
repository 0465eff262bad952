import type { Plan, Step } from './case.ts';
import type { Peer } from './peer.ts';

/** The most that is on its way to one connection at a time: the nodes' `limits.maxInflightDown`. */
const widestWindow = 8;

const subscribeSays = /^subscribe (\[.*\])$/i;
const acknowledges = /^(?:PUBACK|PUBREC|PUBCOMP|ack)\b/;

/** Whether a topic filter matches a topic name (MQTT 5 section 4.7); of a shared one its filter counts. */
export function filterMatches(filter: string, topic: string): boolean {
  const levels = filter.replace(/^\$share\/[^/]*\//, '').split('/');
  const names = topic.split('/');
  if (topic.startsWith('$') && (levels[0] === '#' || levels[0] === '+')) return false;
  for (const [at, level] of levels.entries()) {
    if (level === '#') return true;
    if (at >= names.length || (level !== '+' && level !== names[at])) return false;
  }
  return levels.length === names.length;
}

/**
 * What a connection that says nothing odd, and resumed no session, may have heard: messages it subscribed to, and no
 * more of them than the window unless it acknowledged some.
 * @returns what is wrong, or undefined
 */
export function faultOfDeliveries(plan: Plan, steps: readonly Step[], peer: Peer): string | undefined {
  const sends = steps.filter((step) => step.do === 'send');
  if (peer.isResumed || sends.some(({ isOdd }) => isOdd)) return undefined;
  const filters = sends.flatMap(({ says }) => {
    const list = subscribeSays.exec(says)?.[1];
    return list === undefined ? [] : (JSON.parse(list) as string[]);
  });
  const stray = peer.topics.find((topic) => !filters.some((filter) => filterMatches(filter, topic)));
  if (stray !== undefined) return `a message of ${JSON.stringify(stray)}, which was not subscribed to`;
  const mayHaveRoom = plan.answers || sends.some(({ says }) => acknowledges.test(says));
  if (mayHaveRoom) return undefined;
  const { length: count } = peer.packetIds;
  if (new Set(peer.packetIds).size < count) return `packet ids that are in use: ${peer.packetIds.join()}`;
  return count > widestWindow ? `${count} messages on their way at a time` : undefined;
}
