import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raise, keep } = thresholds.refusedConnects;
/** What an operator asked for is no alarm. */
const wanted = new Set(['banned']);

/** Many connects are turned away for the same reason. */
export const refusedConnects: AlarmRule = {
  kind: 'refused-connects',
  raiseAfter: 1,
  closeAfter: 5,
  find: ({ refused }) =>
    [...refused].flatMap(([reason, count]) => {
      const level = wanted.has(reason) ? undefined : levelOf(count, raise, keep);
      if (level === undefined) return [];
      const text = `Many connects are turned away: ${reason.replaceAll('-', ' ')}`;
      return [{ subject: reason, severity: 'warning', text, link: '/problems', level }];
    }),
};
