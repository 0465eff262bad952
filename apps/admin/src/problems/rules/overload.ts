import { overloadWords } from '@tributary/protocol/admin-api';
import type { AlarmRule } from '../rule.ts';

/** Steps that reach devices of the ordinary class. */
const severe: ReadonlySet<string> = new Set(['slow-standard', 'critical-only']);

/**
 * A node whose overload ladder has moved so far that somebody notices: it slows, sheds and refuses devices. The first steps,
 * which are for bulk devices, are no alarm on a node that has none.
 */
export const overload: AlarmRule = {
  kind: 'overload',
  raiseAfter: 1,
  closeAfter: 5,
  find: ({ nodes }) =>
    nodes.flatMap(({ node, figures }) => {
      if (figures === null || figures.overload.step === 'normal') return [];
      const { step, reason, isObserved, devices } = figures.overload;
      if (devices === 0 && !isObserved && !severe.has(step)) return [];
      const what = isObserved ? `would have to: ${overloadWords.steps[step]}` : overloadWords.steps[step];
      const why = reason === null ? '' : ` (${overloadWords.signals[reason]})`;
      return [
        {
          subject: node,
          severity: severe.has(step) && !isObserved ? 'critical' : 'warning',
          text: `Node ${node} is overloaded${why}: ${what}`,
          link: `/nodes/${encodeURIComponent(node)}`,
          level: 'raise',
        },
      ];
    }),
};
