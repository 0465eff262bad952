import type { CredentialList, CredentialView, DisabledDevice } from '@tributary/protocol/admin-api';
import { Moment } from '../parts/age.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty, ShownOf } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';

/** What is to be done with which device; '' for one that is yet to be named. */
export type Asked = { kind: 'give' | 'remove' | 'disable' | 'enable'; device: string };

/** Credentials, and devices that are disabled, with what can be done about each. */
export function CredentialLists({
  list,
  isSearch,
  onAsk,
}: {
  list: CredentialList;
  isSearch: boolean;
  onAsk: (asked: Asked) => void;
}) {
  const { items, total, disabled, totalDisabled } = list;
  return (
    <>
      {items.length === 0 ? (
        <Empty
          title={
            isSearch ? 'This device has no credential of its own' : 'No device has a credential of its own'
          }
        />
      ) : (
        <CredentialTable items={items} disabled={disabled} onAsk={onAsk} />
      )}
      <ShownOf shown={items.length} total={total} />
      {disabled.length > 0 && <DisabledTable items={disabled} onAsk={onAsk} />}
      <ShownOf shown={disabled.length} total={totalDisabled} which="the newest" />
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
          <td className="short">
            {[hasSecret && 'secret', spki !== null && 'key'].filter(Boolean).join(' and ')}
          </td>
          <td className="short">{out.has(device) ? '⊘ disabled' : 'in force'}</td>
          <td>
            <Moment at={at} />{' '}
            <small className="quiet">
              by <Text text={by} most={40} />
            </small>
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
          <td className="long">
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
