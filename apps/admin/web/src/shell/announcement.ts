import type { Fleet } from '@tributary/protocol/admin-api';
import { formatCount } from '../format.ts';

const poorShareOf = ({ quality: { bands } }: Fleet): number => {
  const scored = bands.excellent + bands.good + bands.fair + bands.poor + bands.bad;
  return scored === 0 ? 0 : (bands.poor + bands.bad) / scored;
};

/** The fleet in one sentence: "99,024 online, 1.2 % poor". */
export function announcementOf(fleet: Fleet): string {
  const { connected, unknown } = fleet.devices;
  const parts = [`${formatCount(connected)} online`, `${(100 * poorShareOf(fleet)).toFixed(1)} % poor`];
  if (unknown > 0) parts.push(`${formatCount(unknown)} unknown`);
  return parts.join(', ');
}

/** A critical alarm in words; differs from what was said before, as the same text again is not spoken. */
export function alarmWords(said: string, more: number, open: number): string {
  const words = `${more} new critical ${more === 1 ? 'alarm' : 'alarms'}, ${open} open`;
  return said === words ? `Again ${words}` : words;
}

/** A change somebody would want to hear of: 1 % of the connected, half a percent of quality, or any alarm. */
export function isWorthSaying(before: Fleet, after: Fleet): boolean {
  const moved = Math.abs(after.devices.connected - before.devices.connected);
  return (
    moved > Math.max(1, 0.01 * before.devices.connected) ||
    Math.abs(poorShareOf(after) - poorShareOf(before)) >= 0.005 ||
    after.alarms.critical !== before.alarms.critical ||
    after.alarms.warning !== before.alarms.warning
  );
}
