import { operatorListSchema, type OperatorView } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { useApi } from '../api/query.ts';
import { Moment } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer } from '../parts/states.tsx';
import { useSession } from '../session/session.ts';
import {
  ChangeRights,
  NewOperator,
  NewPassword,
  operatorsPath,
  RemoveOperator,
  type Told,
} from './operator-dialogs.tsx';
import { Secret } from './secret.tsx';

type Asked = { kind: 'new' } | { kind: 'change' | 'password' | 'remove'; operator: OperatorView };

/** Those who may sign in. Only an admin sees this. */
export function OperatorsPanel() {
  const query = useApi(operatorsPath, operatorListSchema);
  const [asked, setAsked] = useState<Asked>();
  const [told, setTold] = useState<Told>();
  const close = (): void => setAsked(undefined);
  const add = (
    <button type="button" className="primary" onClick={() => setAsked({ kind: 'new' })}>
      Add an operator
    </button>
  );
  return (
    <Panel title="Operators" note="Any change ends the sessions of that operator" actions={add}>
      {told !== undefined && (
        <Secret what={told.what} text={told.password} onClose={() => setTold(undefined)} />
      )}
      <Answer query={query} what="The operators could not be read:" skeleton={[36, 36]}>
        {({ items }) => <OperatorTable items={items} onAsk={setAsked} />}
      </Answer>
      {asked?.kind === 'new' && <NewOperator onClose={close} onTold={setTold} />}
      {asked?.kind === 'change' && <ChangeRights operator={asked.operator} onClose={close} />}
      {asked?.kind === 'password' && (
        <NewPassword operator={asked.operator} onClose={close} onTold={setTold} />
      )}
      {asked?.kind === 'remove' && <RemoveOperator operator={asked.operator} onClose={close} />}
    </Panel>
  );
}

function OperatorTable({ items, onAsk }: { items: readonly OperatorView[]; onAsk: (asked: Asked) => void }) {
  const { name: own } = useSession();
  return (
    <PlainTable
      heads={['Name', 'Role', 'Reads payloads', 'State', 'Password of', 'Added', { hidden: 'Actions' }]}
      region="Operators"
    >
      {items.map((operator) => (
        <tr key={operator.name}>
          <td>
            <b>{operator.name}</b>
            {operator.name === own && <small> you</small>}
          </td>
          <td>{operator.role}</td>
          <td>{operator.canReadPayload ? 'yes' : 'no'}</td>
          <td>
            {operator.isDisabled ? '⊘ disabled' : operator.hasFirstPassword ? 'password as given' : 'active'}
          </td>
          <td>
            <Moment at={operator.passwordChangedAt} />
          </td>
          <td>
            <Moment at={operator.createdAt} /> <small className="quiet">by {operator.createdBy}</small>
          </td>
          <td className="row-actions">
            <button type="button" onClick={() => onAsk({ kind: 'change', operator })}>
              Rights
            </button>
            <button type="button" onClick={() => onAsk({ kind: 'password', operator })}>
              New password
            </button>
            <button type="button" className="danger" onClick={() => onAsk({ kind: 'remove', operator })}>
              Remove
            </button>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}
