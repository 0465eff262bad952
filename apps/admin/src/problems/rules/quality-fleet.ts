import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raiseShare, keepShare, criticalShare, leastDevices } = thresholds.qualityFleet;

/** Too large a share of all links is poor or bad. */
export const qualityFleet: AlarmRule = {
  kind: 'quality-fleet',
  raiseAfter: 5,
  closeAfter: 15,
  find: ({ quality: { bands, scored } }) => {
    const share = scored < leastDevices ? 0 : (bands.poor + bands.bad) / scored;
    const level = levelOf(share, raiseShare, keepShare);
    if (level === undefined) return [];
    const isCritical = share >= criticalShare;
    const text = isCritical
      ? 'More than half of all devices have a poor link'
      : 'Many of all devices have a poor link';
    const severity = isCritical ? 'critical' : 'warning';
    return [{ subject: 'fleet', severity, text, link: '/devices?q=cqi%3C50', level }];
  },
};
