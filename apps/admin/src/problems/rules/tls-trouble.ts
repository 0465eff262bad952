import type { AlarmRule } from '../rule.ts';

/** Files of TLS that were changed and cannot be used: what was in force goes on, until it expires. */
export const tlsTrouble: AlarmRule = {
  kind: 'tls-trouble',
  raiseAfter: 2,
  closeAfter: 2,
  find: ({ nodes, ownCertificate }) => [
    ...nodes.flatMap(({ node, id, certificates }) =>
      certificates
        .filter(({ trouble }) => trouble !== '')
        .map(({ listener, trouble }) => ({
          subject: `${id}:${listener}`,
          severity: 'warning' as const,
          text: `Listener ${listener} of node ${id} cannot use what it was given for TLS: ${trouble}`,
          link: `/nodes/${encodeURIComponent(node)}`,
          level: 'raise' as const,
        })),
    ),
    ...(ownCertificate === null || ownCertificate.trouble === ''
      ? []
      : [
          {
            subject: 'admin',
            severity: 'warning' as const,
            text: `This dashboard cannot use its changed certificate: ${ownCertificate.trouble}`,
            link: '/problems',
            level: 'raise' as const,
          },
        ]),
  ],
};
