import { useSearch } from 'wouter';
import { useServerNow } from '../live/context.ts';
import { CopyLine } from '../parts/copy-line.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { closeLayer } from '../parts/layers.ts';
import { withParams } from '../range/params.ts';
import { endsOf, fixedRange, readRange, writeRange } from '../range/range.ts';

/** The address of this view: as it goes on, or of the stretch of time it shows at this moment. */
export default function LinkDialog() {
  const search = useSearch();
  const now = useServerNow();
  const { from, to } = endsOf(readRange(new URLSearchParams(search)), now);
  const fixed = withParams(search, { range: undefined, ...writeRange(fixedRange(from, to)) });
  const base = location.origin + location.pathname;
  return (
    <Dialog title="Link to this view" isOpen onClose={closeLayer}>
      <CopyLine label="As now: relative times stay relative" text={base + location.search} />
      <CopyLine label="Fixed time: shows this very stretch again" text={base + fixed} />
    </Dialog>
  );
}
