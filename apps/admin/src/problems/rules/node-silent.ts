import type { AlarmRule } from '../rule.ts';

/** A node whose beat stands still: it has waited five seconds already before it counts as silent. */
export const nodeSilent: AlarmRule = {
  kind: 'node-silent',
  raiseAfter: 1,
  closeAfter: 3,
  find: ({ nodes }) =>
    nodes
      .filter(({ state }) => state === 'silent')
      .map(({ node }) => ({
        subject: node,
        severity: 'critical',
        text: `Node ${node} is silent: what its devices do is not known`,
        link: `/nodes/${encodeURIComponent(node)}`,
        level: 'raise',
      })),
};
