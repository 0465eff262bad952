import { causeWords, type Group, groupsSchema, tagKeyPrefix } from '@tributary/protocol/admin-api';
import { Link } from 'wouter';
import { useApi } from '../api/query.ts';
import { formatCount, formatShare } from '../format.ts';
import { BandBar } from '../parts/band-bar.tsx';
import { Panel } from '../parts/panel.tsx';
import { CauseMark } from '../parts/penalties.tsx';
import { shortened } from '../parts/safe-text.ts';
import { Answer, Empty } from '../parts/states.tsx';
import { useParam } from '../range/params.ts';

const everyMs = 10_000;
const shown = 8;

const kinds = ['node', 'class', 'protocol', 'transport', 'listener', 'prefix'];
const kindWord = (by: string): string =>
  by === 'prefix'
    ? 'source'
    : shortened(by.startsWith(tagKeyPrefix) ? by.slice(tagKeyPrefix.length) : by, 30);

/** Groups that are worse than the rest beyond chance: a bad firmware, a site, a node, a carrier. */
export function WorstGroups() {
  const [by, setBy] = useParam('by');
  const path = `/fleet/groups?limit=${shown}${by === undefined ? '' : `&by=${encodeURIComponent(by)}`}`;
  const query = useApi(path, groupsSchema, { everyMs, keepsPrevious: true });
  const tags = query.data?.keys.map((key) => key.by).filter((key) => key.startsWith(tagKeyPrefix)) ?? [];
  const choice = (
    <select aria-label="Group by" value={by ?? ''} onChange={(event) => setBy(event.target.value)}>
      <option value="">of any kind</option>
      {[...tags, ...kinds].map((each) => (
        <option key={each} value={each}>
          {kindWord(each)}
        </option>
      ))}
    </select>
  );
  return (
    <Panel title="Worst groups" note="share below 50, against the rest" actions={choice}>
      <Answer query={query} what="The groups could not be read:" skeleton={[140]}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No group stands out">
              Groups of at least 20 scored devices that are worse than the rest beyond chance appear here.
            </Empty>
          ) : (
            <ul className="group-list">
              {items.map((group) => (
                <GroupLine key={`${group.by}=${group.value}`} group={group} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

/** "firmware 2.4.1 · 38 % poor vs 4 % · 1,204 devices · mostly flaps"; a click shows exactly these devices. */
function GroupLine({ group }: { group: Group }) {
  const { by, value, size, bands, poorShare, restShare, lift, cause, q } = group;
  return (
    <li>
      <Link href={`/devices?q=${encodeURIComponent(q)}&sort=score`} className="group-line">
        <span className="group-name">
          <small>{kindWord(by)}</small> <bdi>{value === '' ? 'none' : shortened(value, 40)}</bdi>
        </span>
        <BandBar bands={bands} label={`${kindWord(by)} ${shortened(value, 40)}`} />
        <span className="group-share" data-tip={`at least ${lift.toFixed(1)} times the rest's share`}>
          <b>{formatShare(poorShare)}</b> poor <span className="faint">vs {formatShare(restShare)}</span>
        </span>
        <span className="group-size">
          {formatCount(size)} <span className="faint">devices</span>
        </span>
        <span className="group-cause">
          {cause !== null && (
            <>
              <CauseMark cause={cause} /> mostly {causeWords[cause]}
            </>
          )}
        </span>
      </Link>
    </li>
  );
}
