import {
  credentialListSchema,
  type CredentialList,
  type CredentialView,
  type DisabledDevice,
} from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { useApi } from '../api/query.ts';
import { formatCount } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';
import {
  DisableDevice,
  EnableDevice,
  GiveCredential,
  RemoveCredential,
} from '../actions/credential-dialogs.tsx';
import { Secret } from './secret.tsx';

type Asked = { kind: 'give' | 'remove' | 'disable' | 'enable'; device: string };

/** What single devices have to show, and which of them may not come in. */
export function CredentialsPanel() {
  const query = useApi('/credentials', credentialListSchema, { everyMs: 5000 });
  const [asked, setAsked] = useState<Asked>();
  const [told, setTold] = useState<{ device: string; secret: string }>();
  const close = (): void => {
    setAsked(undefined);
    void query.refetch();
  };
  const actions = (
    <>
      <Needs role="admin">
        <button type="button" onClick={() => setAsked({ kind: 'disable', device: '' })}>
          Disable a device…
        </button>
      </Needs>
      <Needs role="admin">
        <button type="button" className="primary" onClick={() => setAsked({ kind: 'give', device: '' })}>
          Give a credential…
        </button>
      </Needs>
    </>
  );
  return (
    <Panel
      title="Credentials of devices"
      note="For gateways whose auth.chain has “devices”; live connections follow within two seconds"
      actions={actions}
    >
      {told !== undefined && (
        <Secret
          what={`The secret of ${told.device}.`}
          text={told.secret}
          onClose={() => setTold(undefined)}
        />
      )}
      <Answer query={query} what="The credentials could not be read:" skeleton={[36, 36]}>
        {(list) => <Lists list={list} onAsk={setAsked} />}
      </Answer>
      {asked?.kind === 'give' && (
        <GiveCredential
          device={asked.device}
          onClose={close}
          onMade={(device, secret) => setTold(secret === null ? undefined : { device, secret })}
        />
      )}
      {asked?.kind === 'remove' && <RemoveCredential device={asked.device} onClose={close} />}
      {asked?.kind === 'disable' && <DisableDevice device={asked.device} onClose={close} />}
      {asked?.kind === 'enable' && <EnableDevice device={asked.device} onClose={close} />}
    </Panel>
  );
}

function Lists({ list, onAsk }: { list: CredentialList; onAsk: (asked: Asked) => void }) {
  const { items, total, disabled } = list;
  return (
    <>
      {items.length === 0 ? (
        <Empty title="No device has a credential of its own" />
      ) : (
        <CredentialTable items={items} disabled={disabled} onAsk={onAsk} />
      )}
      {items.length < total && (
        <p className="quiet">
          {formatCount(items.length)} of {formatCount(total)} are shown.
        </p>
      )}
      {disabled.length > 0 && <DisabledTable items={disabled} onAsk={onAsk} />}
    </>
  );
}

function CredentialTable({
  items,
  disabled,
  onAsk,
}: {
  items: readonly CredentialView[];
  disabled: readonly DisabledDevice[];
  onAsk: (asked: Asked) => void;
}) {
  const out = new Set(disabled.map(({ device }) => device));
  return (
    <PlainTable
      heads={['Device', 'For', 'Shows', 'State', 'Given', { hidden: 'Actions' }]}
      region="Credentials of devices"
    >
      {items.map(({ device, label, hasSecret, spki, at, by }) => (
        <tr key={device}>
          <td>
            <Text text={device} most={80} className="id" />
          </td>
          <td>
            <Text text={label} most={100} />
          </td>
          <td>{[hasSecret && 'secret', spki !== null && 'key'].filter(Boolean).join(' and ')}</td>
          <td>{out.has(device) ? '⊘ disabled' : 'in force'}</td>
          <td>
            <Moment at={at} /> <small className="quiet">by {by}</small>
          </td>
          <td className="row-actions">
            <Needs role="admin">
              <button type="button" onClick={() => onAsk({ kind: 'give', device })}>
                Replace
              </button>
            </Needs>
            {!out.has(device) && (
              <Needs role="admin">
                <button type="button" onClick={() => onAsk({ kind: 'disable', device })}>
                  Disable
                </button>
              </Needs>
            )}
            <Needs role="admin">
              <button type="button" className="danger" onClick={() => onAsk({ kind: 'remove', device })}>
                Remove
              </button>
            </Needs>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function DisabledTable({
  items,
  onAsk,
}: {
  items: readonly DisabledDevice[];
  onAsk: (asked: Asked) => void;
}) {
  return (
    <PlainTable
      heads={['Disabled device', 'Since', 'By', 'Reason', { hidden: 'Actions' }]}
      region="Disabled devices"
    >
      {items.map(({ device, at, by, reason }) => (
        <tr key={device}>
          <td>
            <Text text={device} most={80} className="id" />
          </td>
          <td>
            <Moment at={at} />
          </td>
          <td>
            <Text text={by} />
          </td>
          <td>
            <Text text={reason} most={160} />
          </td>
          <td className="row-actions">
            <Needs role="admin">
              <button type="button" onClick={() => onAsk({ kind: 'enable', device })}>
                Enable
              </button>
            </Needs>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}
