import { banListSchema, operationSchema, type Ban } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { BanDialog } from '../actions/ban-dialog.tsx';
import { newKey, send } from '../api/client.ts';
import { useApi } from '../api/query.ts';
import { formatSpan } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { notices } from '../parts/notices.ts';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';

/** Devices, users and addresses that may not come in, each until a moment. */
export function BansPanel() {
  const query = useApi('/bans', banListSchema, { everyMs: 5000 });
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
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody is banned" />
          ) : (
            <BanTable items={items} onLift={setLifted} />
          )
        }
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
          <td>{formatSpan(ban.until - now)}</td>
          <td>
            <Moment at={ban.at} />
          </td>
          <td>
            <Text text={authorOf(ban)} />
          </td>
          <td>
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
  const [idempotencyKey] = useState(newKey);
  const confirm = async (): Promise<void> => {
    const path = `/bans/${encodeURIComponent(ban.target)}`;
    const operation = await send(path, operationSchema, { method: 'DELETE', idempotencyKey });
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
