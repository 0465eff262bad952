import {
  type Band,
  bands,
  causeWords,
  type DeviceState,
  type Facet,
  tagKeyPrefix,
} from '@tributary/protocol/admin-api';
import { useState, type ReactNode } from 'react';
import { formatCount } from '../format.ts';
import { BandGlyph } from '../parts/band.tsx';
import { State } from '../parts/glyph.tsx';
import { CauseMark } from '../parts/penalties.tsx';
import { shortened } from '../parts/safe-text.ts';
import { hasValue, toggleValue } from './filter-words.ts';

interface Props {
  facets: readonly Facet[];
  q: string;
  onChange: (q: string) => void;
}

const titles: Record<string, string> = {
  state: 'State',
  band: 'Quality',
  cause: 'Main cause',
  node: 'Node',
  class: 'Class',
  proto: 'Protocol',
  transport: 'Transport',
  prefix: 'Network',
  zombie: 'Not really there',
};

/** How the devices of this list divide, with one click to narrow it. */
export function FacetList({ facets, q, onChange }: Props) {
  const shown = facets.filter(({ values }) => values.length > 0);
  return (
    <aside className="facets" aria-label="Narrow the list">
      {shown.map((facet) => (
        <FacetGroup key={facet.key} facet={inOrder(facet)} q={q} onChange={onChange} />
      ))}
    </aside>
  );
}

/** Bands in their own order, everything else as it came: the most frequent first. */
function inOrder(facet: Facet): Facet {
  if (facet.key !== 'band') return facet;
  const place = ({ value }: { value: string }): number => bands.indexOf(value as Band);
  return { ...facet, values: [...facet.values].sort((a, b) => place(a) - place(b)) };
}

const shortList = 6;

function FacetGroup({ facet, q, onChange }: { facet: Facet } & Omit<Props, 'facets'>) {
  const [isWhole, setWhole] = useState(false);
  const { key, values, more } = facet;
  const title =
    titles[key] ?? shortened(key.startsWith(tagKeyPrefix) ? key.slice(tagKeyPrefix.length) : key, 24);
  const shown = isWhole ? values : values.slice(0, shortList);
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={hasValue(q, key, value)}
              onClick={() => onChange(toggleValue(q, key, value))}
            >
              <FacetValue facet={key} value={value} />
              <b>{formatCount(count)}</b>
              <i style={{ inlineSize: `${(100 * count) / most}%` }} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      {values.length > shortList && (
        <button type="button" className="link" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'fewer' : `${values.length - shortList} more`}
        </button>
      )}
      {more > 0 && isWhole && <small className="faint">and {formatCount(more)} further values</small>}
    </section>
  );
}

function FacetValue({ facet, value }: { facet: string; value: string }): ReactNode {
  if (facet === 'state') return <State state={value as DeviceState} />;
  if (facet === 'band') {
    return (
      <span className="state">
        <BandGlyph band={value as Band} />
        {value}
      </span>
    );
  }
  const cause = Object.keys(causeWords).find((each): each is keyof typeof causeWords => each === value);
  if (facet === 'cause' && cause !== undefined) {
    return (
      <span className="state">
        <CauseMark cause={cause} />
        {causeWords[cause]}
      </span>
    );
  }
  return <bdi>{shortened(value, 32)}</bdi>;
}
