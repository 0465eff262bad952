import type { AlarmRule } from '../rule.ts';

/** A node whose configuration file was changed and is not in force: it was refused, or taken back for what it did. */
export const configTrouble: AlarmRule = {
  kind: 'config-trouble',
  raiseAfter: 2,
  closeAfter: 2,
  find: ({ nodes }) =>
    nodes.flatMap(({ node, id, figures }) => {
      const trouble = figures?.config?.trouble ?? '';
      if (trouble === '') return [];
      return [
        {
          subject: id,
          severity: 'warning',
          text: `Node ${id} runs with its older configuration: ${trouble}`,
          link: `/nodes/${encodeURIComponent(node)}`,
          level: 'raise',
        },
      ];
    }),
};
