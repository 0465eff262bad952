import { banListSchema, operationSchema, type Ban } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { BanDialog } from '../actions/ban-dialog.tsx';
import { useActionKeys } from '../actions/action-key.ts';
import { send } from '../api/client.ts';
import { useApi } from '../api/query.ts';
import { formatLength } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty, ShownOf } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { useSettled } from '../parts/use-settled.ts';
import { Needs } from '../session/needs.tsx';

const typingMs = 300;
/** With so many bans it is easier to look for one than to scroll. */
const searchFrom = 20;

/** Devices, users and addresses that may not come in, each until a moment. */
export function BansPanel() {
  const [part, setPart] = useState('');
  const sought = useSettled(part.trim(), typingMs);
  const path = sought === '' ? '/bans' : `/bans?target=${encodeURIComponent(sought)}`;
  const query = useApi(path, banListSchema, { everyMs: 5000, keepsPrevious: true });
  const [isAdding, setAdding] = useState(false);
  const [lifted, setLifted] = useState<Ban>();
  const add = (
    <Needs role="admin">
      <button type="button" className="primary" onClick={() => setAdding(true)}>
        Ban…
      </button>
    </Needs>
  );
  const close = (change: () => void) => (): void => {
    change();
    void query.refetch();
  };
  return (
    <Panel
      title="Bans"
      note="Refused before they cost anything; live connections end within two seconds"
      actions={add}
    >
      <Answer query={query} what="The bans could not be read:" skeleton={[36, 36]}>
        {({ items, total }) => (
          <>
            {(part !== '' || total > searchFrom) && (
              <TextField
                label="Look for"
                value={part}
                onChange={setPart}
                hint="Any part of whom a ban is about"
                maxLength={256}
                autoComplete="off"
              />
            )}
            {items.length === 0 ? (
              <Empty title={sought === '' ? 'Nobody is banned' : 'No ban is about that'} />
            ) : (
              <BanTable items={items} onLift={setLifted} />
            )}
            <ShownOf shown={items.length} total={total} which="the newest" />
          </>
        )}
      </Answer>
      {isAdding && <BanDialog onClose={close(() => setAdding(false))} />}
      {lifted !== undefined && <LiftDialog ban={lifted} onClose={close(() => setLifted(undefined))} />}
    </Panel>
  );
}

function BanTable({ items, onLift }: { items: readonly Ban[]; onLift: (ban: Ban) => void }) {
  const now = useServerNow();
  return (
    <PlainTable heads={['Who', 'Ends in', 'Since', 'By', 'Reason', { hidden: 'Actions' }]} region="Bans">
      {items.map((ban) => (
        <tr key={ban.target}>
          <td>
            <Text text={ban.target} most={80} className="id" />
          </td>
          <td className="short">{formatLength(ban.until - now)}</td>
          <td>
            <Moment at={ban.at} />
          </td>
          <td>
            <Text text={authorOf(ban)} />
          </td>
          <td className="long">
            <Text text={ban.reason} most={160} />
            {(ban.strikes ?? 1) > 1 && <span className="quiet"> ({ban.strikes} in a row)</span>}
          </td>
          <td className="row-actions">
            <Needs role="admin">
              <button type="button" onClick={() => onLift(ban)}>
                Lift
              </button>
            </Needs>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

const authors: Readonly<Record<string, string>> = {
  'auto:flapping': 'Tributary, for flapping',
  'auto:failed-authentications': 'Tributary, for wrong credentials',
};

/** Who made it: an operator, or a node by itself. */
const authorOf = ({ by }: Ban): string => authors[by] ?? by;

function LiftDialog({ ban, onClose }: { ban: Ban; onClose: () => void }) {
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const path = `/bans/${encodeURIComponent(ban.target)}`;
    const operation = await send(path, operationSchema, { method: 'DELETE', idempotencyKey: keys.for(path) });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog title="Lift this ban?" isOpen onClose={onClose} action="Lift the ban" onConfirm={confirm}>
      <p>
        <Text text={ban.target} most={80} className="id" /> may come in again.
      </p>
    </ConfirmDialog>
  );
}
