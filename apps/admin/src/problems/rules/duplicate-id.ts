import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { takeovers: ofTwo, takeoversOfOneAddress, keep } = thresholds.duplicateId;

/** Two devices that call themselves alike throw each other out for ever. */
export const duplicateId: AlarmRule = {
  kind: 'duplicate-id',
  raiseAfter: 1,
  closeAfter: 30,
  find: ({ duplicates }) =>
    duplicates.flatMap(({ id, takeovers, addresses }) => {
      const raiseFrom = addresses.length > 1 ? ofTwo : takeoversOfOneAddress;
      const level = levelOf(takeovers, raiseFrom, keep);
      if (level === undefined) return [];
      const from = addresses.length > 1 ? ` from ${addresses.length} addresses` : '';
      const text = `Two devices seem to share the id ${id}: they take over from each other again and again${from}`;
      return [
        {
          subject: id,
          severity: 'warning',
          text,
          link: `/devices/${encodeURIComponent(id)}?tab=timeline`,
          level,
        },
      ];
    }),
};
