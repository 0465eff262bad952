import type { BandCounts } from '@tributary/protocol/admin-api';
import { formatCount } from '../format.ts';
import { bandToken, stackedBands } from './words.ts';

/** How devices divide into bands, in one line: the worst at the left. */
export function BandBar({ bands, label }: { bands: BandCounts; label?: string }) {
  const shown = stackedBands.filter((band) => bands[band] > 0);
  const words = shown.map((band) => `${formatCount(bands[band])} ${band}`).join(', ');
  return (
    <span
      className="band-bar"
      role="img"
      aria-label={`${label ?? 'Quality'}: ${words === '' ? 'nothing known' : words}`}
      data-tip={words}
    >
      {shown.map((band) => (
        <i
          key={band}
          data-band={band}
          style={{
            flexGrow: bands[band],
            ...(band !== 'unknown' && { background: `var(${bandToken(band)})` }),
          }}
        />
      ))}
    </span>
  );
}
