import { formatExact, formatMoment, formatSpan } from '../format.ts';
import { useServerNow } from '../live/context.ts';

/** How long ago something was, by the server's clock, growing by itself. */
export function Age({ at }: { at: number }) {
  const now = useServerNow();
  if (at === 0) return <span className="faint">–</span>;
  return <time title={formatExact(at)}>{formatSpan(now - at)}</time>;
}

/** When something was. */
export function Moment({ at }: { at: number }) {
  const now = useServerNow();
  if (at === 0) return <span className="faint">–</span>;
  return <time title={formatExact(at)}>{formatMoment(at, now)}</time>;
}
