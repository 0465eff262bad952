import type { NodeView } from '@tributary/protocol/admin-api';
import { formatExact, formatLength } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { visible } from '../parts/safe-text.ts';

/** How long the certificates of a node's listeners last, and which newer files are not in force; nothing without TLS. */
export function Certificates({ node: { certificates } }: { node: NodeView }) {
  const now = useServerNow();
  if (certificates.length === 0) return null;
  return (
    <div>
      <dt>Certificates</dt>
      <dd>
        {certificates.map(({ listener, expiresAt, trouble }) => (
          <span key={listener} className="listener" data-tip={trouble === '' ? undefined : visible(trouble)}>
            {visible(listener)}{' '}
            <time title={formatExact(expiresAt)}>
              {expiresAt > now ? `for ${formatLength(expiresAt - now)}` : 'expired'}
            </time>
            {trouble !== '' && ', changed files not taken'}
          </span>
        ))}
      </dd>
    </div>
  );
}
