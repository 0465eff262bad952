import { adviceOf, closeReasons, type CloseReason } from '@tributary/protocol';
import { causes, causeWords } from '@tributary/protocol/admin-api';
import { parsePenalties } from '@tributary/backplane';
import { durationText } from './duration.ts';
import { throttledText } from './throttled-text.ts';

/** A field of a line, '' for one that is not there. */
export type Field = (name: string) => string;

const protocols: Record<string, string> = {
  'mqtt3.1.1': 'MQTT 3.1.1',
  'mqtt5': 'MQTT 5',
  'tributary.v1': 'plain WebSocket',
};

/** What a line of the timeline says, for people. */
export const lineTexts: Record<string, (field: Field) => string> = {
  connected: (field) => `Connected${over(field)}`,
  superseded: (field) => `Taken over by a new connection${over(field)}`,
  disconnected: disconnectedText,
  quality: qualityText,
  class: classText,
  throttled: throttledText,
  action: actionText,
  will: (field) => joined('Its will was published', field('topic')),
};

function over(field: Field): string {
  const protocol = protocols[field('protocol')] ?? field('protocol');
  const transport =
    field('transport') === 'ws' && field('protocol') !== 'tributary.v1' ? ' over WebSocket' : '';
  const by = protocol === '' ? '' : `, ${protocol}${transport}`;
  return `${field('address') === '' ? '' : ` from ${field('address')}`}${by}`;
}

/** "Disconnected by the network after 3 min: keep-alive timeout (nothing was heard for 1.5 keep-alives)" */
function disconnectedText(field: Field): string {
  const reason = field('reason');
  const lasted = field('durationMs');
  const after = lasted === '' ? '' : ` after ${durationText(Number(lasted))}`;
  if (reason === 'node-lost') return `Lost with its node${after}`;
  const by = field('by') === '' ? '' : ` by the ${field('by')}`;
  const says = isReason(reason) ? ` (${adviceOf(reason).says})` : '';
  return `${joined(`Disconnected${by}${after}`, wordsOf(reason))}${says}`;
}

function qualityText(field: Field): string {
  if (field('score') === '') return 'Quality is not known any more';
  const points = parsePenalties(field('penalties'));
  const worst = causes.filter((cause) => points[cause] > 0).sort((a, b) => points[b] - points[a]);
  const lost = worst.slice(0, 2).map((cause) => `${causeWords[cause]} −${points[cause]}`);
  return joined(`Quality is ${field('band')} (${field('score')})`, lost.join(', '));
}

const classCauses: Record<string, string> = {
  topic: 'for what it publishes',
  command: 'while it has something to answer',
  watched: 'while a trace looks at it',
  over: 'nothing raises it any more',
  rules: 'by other rules',
};

/** "Is critical now, was bulk: for what it publishes" */
function classText(field: Field): string {
  const cause = classCauses[field('cause')] ?? wordsOf(field('cause'));
  return joined(`Is ${field('class')} now, was ${field('previousClass')}`, cause);
}

function actionText(field: Field): string {
  const who = field('by') === '' ? 'an operator' : field('by');
  const outcome = field('outcome') === '' ? '' : `, ${wordsOf(field('outcome'))}`;
  return joined(`${wordsOf(field('action')) || 'Action'} by ${who}${outcome}`, field('reason'));
}

const joined = (what: string, more: string): string => (more === '' ? what : `${what}: ${more}`);

const isReason = (reason: string): reason is CloseReason => Object.hasOwn(closeReasons, reason);

/** A name of ours as words: `keep-alive-timeout` is "keep-alive timeout". */
function wordsOf(name: string): string {
  return name.replace(/[-.]/g, ' ').replace('keep alive', 'keep-alive');
}
