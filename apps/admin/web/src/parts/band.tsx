import { bandOf, type Band } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';

const drawings: Record<Band, ReactNode> = {
  excellent: <circle cx="6" cy="6" r="4.6" fill="currentColor" />,
  good: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <path d="M6 1.6a4.4 4.4 0 0 0 0 8.8Z" fill="currentColor" />
    </>
  ),
  fair: <path d="M6 1.2 11 10.4H1Z" fill="currentColor" />,
  poor: <path d="M6 .8 11.2 6 6 11.2.8 6Z" fill="currentColor" />,
  bad: <rect x="1.6" y="1.6" width="8.8" height="8.8" fill="currentColor" />,
  unknown: (
    <g stroke="currentColor" fill="none">
      <circle cx="6" cy="6" r="4.2" strokeWidth="1.3" />
      <path d="M3.2 7.3 7.3 3.2M4.7 8.9 8.9 4.7" strokeWidth="1" />
    </g>
  ),
};

/** The sign of a band: its shape tells it without its colour. */
export function BandGlyph({ band }: { band: Band }) {
  return (
    <svg
      className="band-glyph"
      data-band={band}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      {drawings[band]}
    </svg>
  );
}

interface Props {
  band: Band;
  /** 0 to 100; null: not known. Undefined: the band alone is meant. */
  score?: number | null;
  /** `narrow` keeps glyph and number, `full` adds the word. Undefined: as the place around it allows. */
  width?: 'full' | 'narrow';
}

const behindWords = 'The score has just moved; the band follows when three windows of 5 s agree.';

/** A quality: colour, glyph, word and number. Where it gets narrow the word goes first; glyph and number stay. */
export function BandBadge({ band, score, width }: Props) {
  const number = score === null ? '–' : score === undefined ? undefined : Math.round(score);
  const isBehind = typeof score === 'number' && band !== 'unknown' && bandOf(score) !== band;
  return (
    <span className="band" data-band={band} data-width={width} data-tip={isBehind ? behindWords : undefined}>
      <BandGlyph band={band} />
      {number !== undefined && <b className="band-score">{number}</b>}
      <span className="band-word">{band}</span>
    </span>
  );
}
