import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { flapsPerHour, leastDevices, share } = thresholds.flapping;

/** Many devices that cannot stay connected: one alarm, the devices are in the list of problems. */
export const flapping: AlarmRule = {
  kind: 'flapping',
  raiseAfter: 5,
  closeAfter: 15,
  find: (facts) => {
    const raiseFrom = Math.max(leastDevices, Math.ceil(facts.connected * share));
    const level = levelOf(facts.flapping, raiseFrom, Math.ceil(raiseFrom / 2));
    if (level === undefined) return [];
    const text = `Many devices lose their connection again and again, ${flapsPerHour} times an hour or more`;
    const link = `/devices?q=${encodeURIComponent(`flaps>=${flapsPerHour}`)}`;
    return [{ subject: 'fleet', severity: 'warning', text, link, level }];
  },
};
