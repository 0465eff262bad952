import { credentialListSchema } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { useApi } from '../api/query.ts';
import { TextField } from '../parts/field.tsx';
import { Panel } from '../parts/panel.tsx';
import { shortened } from '../parts/safe-text.ts';
import { Answer } from '../parts/states.tsx';
import { useSettled } from '../parts/use-settled.ts';
import { Needs } from '../session/needs.tsx';
import {
  DisableDevice,
  EnableDevice,
  GiveCredential,
  RemoveCredential,
} from '../actions/credential-dialogs.tsx';
import { type Asked, CredentialLists } from './credential-tables.tsx';
import { Secret } from './secret.tsx';

const typingMs = 300;

/** What single devices have to show, and which of them may not come in. */
export function CredentialsPanel() {
  const [device, setDevice] = useState('');
  const sought = useSettled(device, typingMs);
  const path = sought === '' ? '/credentials' : `/credentials?device=${encodeURIComponent(sought)}`;
  const query = useApi(path, credentialListSchema, { everyMs: 5000, keepsPrevious: true });
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
          what={`The secret of ${shortened(told.device, 80)}.`}
          text={told.secret}
          onClose={() => setTold(undefined)}
        />
      )}
      <Answer query={query} what="The credentials could not be read:" skeleton={[36, 36]}>
        {(list) => (
          <>
            {(device !== '' ||
              list.items.length < list.total ||
              list.disabled.length < list.totalDisabled) && (
              <TextField
                label="Client id"
                value={device}
                onChange={setDevice}
                hint="The whole of it: then it is shown alone"
                maxLength={1024}
                autoComplete="off"
              />
            )}
            <CredentialLists list={list} isSearch={sought !== ''} onAsk={setAsked} />
          </>
        )}
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
