import { durationText } from './duration.ts';

/** What a limit did to a device, or would have done, and what it would have taken to let its messages through. */
export function throttledText(field: (name: string) => string): string {
  const isObserved = field('observed') === '1';
  const rule = field('rule');
  const limit = field('limit') === '' ? '' : ` (${field('limit')})`;
  const begin = isObserved ? 'Would have been throttled' : 'Throttled';
  const said = isObserved ? observedText(field) : enforcedText(field);
  const by = rule === '' ? `: ${field('reason').replaceAll('-', ' ')}` : ` by ${rule}${limit}`;
  return said === '' ? begin + by : `${begin}${by}: ${said}`;
}

/** "412 times, paused for 55 s in all; 3 refused, of which one needed a pause of 6 min; disconnected" */
function enforcedText(field: (name: string) => string): string {
  const count = numberOf(field('count'));
  const refused = numberOf(field('refused'));
  const pausedMs = numberOf(field('pausedMs'));
  const waitMs = numberOf(field('waitMs'));
  const times = count === 0 ? '' : `${count} ${count === 1 ? 'time' : 'times'}`;
  const paused = pausedMs === 0 ? '' : `paused for ${durationText(pausedMs)} in all`;
  const needed = waitMs === 0 ? '' : `, as it would have taken a pause of ${durationText(waitMs)}`;
  const turnedAway = refused === 0 ? '' : `${refused} refused${needed}`;
  const closed = field('action') === 'close' ? 'disconnected' : '';
  return [times, paused, turnedAway, closed].filter((part) => part !== '').join('; ');
}

/** "2412 messages above it; 91/s would have let them through" */
function observedText(field: (name: string) => string): string {
  const count = numberOf(field('count'));
  const above = count === 0 ? '' : `${count} ${count === 1 ? 'message' : 'messages'} above it`;
  const sent =
    field('sent') === '' ? '' : `${rateText(field('reason'), field('sent'))} would have let them through`;
  return [above, sent].filter((part) => part !== '').join('; ');
}

function rateText(reason: string, sent: string): string {
  const perSecond = numberOf(sent);
  if (reason !== 'byte-rate') return `${Math.ceil(perSecond * 10) / 10}/s`;
  return `${Math.ceil((perSecond / 1024) * 10) / 10}KiB/s`;
}

/** A count as it was recorded; 0 for what is none. */
function numberOf(text: string): number {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && value >= 0 ? value : 0;
}
