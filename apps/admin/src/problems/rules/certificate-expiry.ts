import type { Facts } from '../facts.ts';
import type { AlarmRule, Finding } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raise, critical } = thresholds.certificateExpiry;
const dayMs = 86_400_000;

/** A certificate somebody should have renewed by now. Named by day, so that the sentence stands for a while. */
export const certificateExpiry: AlarmRule = {
  kind: 'certificate-expiry',
  raiseAfter: 1,
  closeAfter: 2,
  find: ({ now, nodes, ownCertificate }) => [
    ...nodes.flatMap(({ node, id, certificates }) =>
      certificates.flatMap((one) =>
        findingOf(now, one, `${id}:${one.listener}`, `listener ${one.listener} of node ${id}`, linkTo(node)),
      ),
    ),
    ...(ownCertificate === null
      ? []
      : findingOf(now, ownCertificate, 'admin', 'this dashboard', '/problems')),
  ],
};

const linkTo = (node: string): string => `/nodes/${encodeURIComponent(node)}`;

type Span = Pick<NonNullable<Facts['ownCertificate']>, 'validFrom' | 'expiresAt'>;

function findingOf(now: number, span: Span, subject: string, whose: string, link: string): Finding[] {
  const { validFrom, expiresAt } = span;
  const leftMs = expiresAt - now;
  const isWithin = ({ days, share }: { days: number; share: number }): boolean =>
    leftMs < Math.min(days * dayMs, (expiresAt - validFrom) * share);
  if (!isWithin(raise)) return [];
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  const text =
    leftMs <= 0
      ? `The certificate of ${whose} expired on ${day}: nobody can connect there`
      : `The certificate of ${whose} expires on ${day}`;
  return [{ subject, severity: isWithin(critical) ? 'critical' : 'warning', text, link, level: 'raise' }];
}
