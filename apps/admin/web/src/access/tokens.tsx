import {
  roles,
  tokenListSchema,
  tokenMadeSchema,
  type NewToken,
  type Role,
  type TokenView,
} from '@tributary/protocol/admin-api';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { useApi } from '../api/query.ts';
import { Moment } from '../parts/age.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Field, TextField } from '../parts/field.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { RightsFields } from './rights-fields.tsx';
import { Secret } from './secret.tsx';

const path = '/tokens';
const dayMs = 86_400_000;
const lifetimes = [
  ['30 days', 30 * dayMs],
  ['90 days', 90 * dayMs],
  ['a year', 365 * dayMs],
  ['until it is removed', null],
] as const;

/** Tokens for programs that use the API: one's own, an admin sees all. */
export function TokensPanel() {
  const query = useApi(path, tokenListSchema);
  const [isMaking, setMaking] = useState(false);
  const [removed, setRemoved] = useState<TokenView>();
  const [secret, setSecret] = useState<string>();
  const make = (
    <button type="button" className="primary" onClick={() => setMaking(true)}>
      Make a token
    </button>
  );
  return (
    <Panel title="API tokens" note={<DocumentLink />} actions={make}>
      {secret !== undefined && (
        <Secret what="The new token." text={secret} onClose={() => setSecret(undefined)} />
      )}
      <Answer query={query} what="The tokens could not be read:" skeleton={[36]}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No token yet">A program sends it as “Authorization: Bearer …”.</Empty>
          ) : (
            <TokenTable items={items} onRemove={setRemoved} />
          )
        }
      </Answer>
      {isMaking && <MakeToken onClose={() => setMaking(false)} onMade={setSecret} />}
      {removed !== undefined && <RemoveToken token={removed} onClose={() => setRemoved(undefined)} />}
    </Panel>
  );
}

const DocumentLink = () => (
  <>
    The API is described by <a href="/api/v1/openapi.json">its OpenAPI document</a>
  </>
);

function TokenTable({
  items,
  onRemove,
}: {
  items: readonly TokenView[];
  onRemove: (token: TokenView) => void;
}) {
  return (
    <PlainTable
      heads={[
        'For',
        'Of',
        'Role',
        'Reads payloads',
        'Made',
        'Good until',
        'Last used',
        { hidden: 'Actions' },
      ]}
      region="API tokens"
    >
      {items.map((token) => (
        <tr key={token.id}>
          <td>
            <Text text={token.label} />
          </td>
          <td>{token.owner}</td>
          <td>{token.role}</td>
          <td>{token.canReadPayload ? 'yes' : 'no'}</td>
          <td>
            <Moment at={token.createdAt} />
          </td>
          <td>{token.expiresAt === null ? 'it is removed' : <Moment at={token.expiresAt} />}</td>
          <td>
            <Moment at={token.lastUsedAt ?? 0} />
          </td>
          <td className="row-actions">
            <button type="button" className="danger" onClick={() => onRemove(token)}>
              Remove
            </button>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function MakeToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const rights = useRights();
  const client = useQueryClient();
  const [label, setLabel] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [canReadPayload, setPayload] = useState(false);
  const [lifetime, setLifetime] = useState(1);
  const confirm = async (): Promise<void> => {
    const body: NewToken = { label, role, canReadPayload, lifetimeMs: lifetimes[lifetime]![1] };
    const { secret } = await send(path, tokenMadeSchema, { body });
    onMade(secret);
    await client.invalidateQueries({ queryKey: [path] });
  };
  return (
    <ConfirmDialog
      title="Make a token"
      isOpen
      onClose={onClose}
      action="Make the token"
      isReady={label.trim() !== ''}
      onConfirm={confirm}
    >
      <TextField
        label="What it is for"
        value={label}
        onChange={setLabel}
        maxLength={100}
        autoComplete="off"
        required
      />
      <RightsFields
        role={role}
        canReadPayload={canReadPayload}
        onRole={setRole}
        onPayload={setPayload}
        hint="At most your own"
        offered={roles.filter((each) => rights.may(each))}
        offersPayload={rights.canReadPayload}
      />
      <Field
        label="Good for"
        render={(ids) => (
          <select {...ids} value={lifetime} onChange={(event) => setLifetime(Number(event.target.value))}>
            {lifetimes.map(([title], i) => (
              <option key={title} value={i}>
                {title}
              </option>
            ))}
          </select>
        )}
      />
    </ConfirmDialog>
  );
}

function RemoveToken({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const client = useQueryClient();
  const confirm = async (): Promise<void> => {
    await send(`${path}/${encodeURIComponent(token.id)}`, undefined, { method: 'DELETE' });
    await client.invalidateQueries({ queryKey: [path] });
  };
  return (
    <ConfirmDialog
      title="Remove this token?"
      isOpen
      onClose={onClose}
      kind="danger"
      action="Remove the token"
      onConfirm={confirm}
    >
      <p>
        “<Text text={token.label} />” of {token.owner} is refused from then on.
      </p>
    </ConfirmDialog>
  );
}
