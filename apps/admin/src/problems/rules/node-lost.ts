import type { AlarmRule } from '../rule.ts';

/** A node that was declared dead and is not back under its id. It is one alarm, and none for each of its devices. */
export const nodeLost: AlarmRule = {
  kind: 'node-lost',
  raiseAfter: 1,
  closeAfter: 1,
  follows: 'node-silent',
  find: ({ nodes }) => {
    const back = new Set(
      nodes.filter(({ state }) => state !== 'lost' && state !== 'silent').map(({ id }) => id),
    );
    return nodes
      .filter(({ state, id }) => state === 'lost' && !back.has(id))
      .map(({ node }) => ({
        subject: node,
        severity: 'critical',
        text: `Node ${node} died; its devices were cut off and are taken in by the others`,
        link: `/nodes/${encodeURIComponent(node)}`,
        level: 'raise',
      }));
  },
};
