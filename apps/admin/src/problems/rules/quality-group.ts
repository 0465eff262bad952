import { causeWords, type Group } from '@tributary/protocol/admin-api';
import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raiseLift, keepLift, leastPoorShare, most } = thresholds.qualityGroup;

/** A firmware, a site, a node whose links are worse than all others beyond chance. */
export const qualityGroup: AlarmRule = {
  kind: 'quality-group',
  raiseAfter: 15,
  closeAfter: 30,
  find: ({ groups }) =>
    ofOwnCause(groups)
      .slice(0, most)
      .flatMap((group) => {
        const level = levelOf(group.lift, raiseLift, keepLift);
        if (level === undefined || group.poorShare < leastPoorShare) return [];
        const subject = `${group.by}=${group.value}`;
        const text = `${group.by} ${group.value}: far more poor links than elsewhere${because(group)}`;
        return [
          { subject, severity: 'warning', text, link: `/devices?q=${encodeURIComponent(group.q)}`, level },
        ];
      }),
};

const because = ({ cause }: Group): string => (cause === null ? '' : `, mostly ${causeWords[cause]}`);

/** A bad firmware that runs at one site only is found by both names; the devices are the same, so it is one cause. */
function ofOwnCause(groups: readonly Group[]): Group[] {
  const seen = new Set<string>();
  return groups.filter(({ size, bands }) => {
    const devices = JSON.stringify([size, bands]);
    if (seen.has(devices)) return false;
    seen.add(devices);
    return true;
  });
}
