import type { Alarm } from '@tributary/protocol/admin-api';

/** Where an operator tells what they make of an alarm. */
export const alarmPath = (alarm: Pick<Alarm, 'id'>, action: 'acknowledge' | 'mute' | 'unmute'): string =>
  `/alarms/${encodeURIComponent(alarm.id)}/${action}`;
