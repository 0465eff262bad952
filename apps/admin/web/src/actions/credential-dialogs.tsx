import { credentialMadeSchema, operationSchema, type NewCredential } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Field, isReason, ReasonField, TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';
import { useActionKeys } from './action-key.ts';

const spkiPattern = /^[A-Za-z0-9+/]{43}=$/;
const kinds = { secret: 'a secret', key: 'a certificate with this key', both: 'both' } as const;
type Kind = keyof typeof kinds;

/** Gives a device a credential; whatever it had before ends. */
export function GiveCredential({
  device: given = '',
  onClose,
  onMade,
}: {
  device?: string;
  onClose: () => void;
  onMade: (device: string, secret: string | null) => void;
}) {
  const [device, setDevice] = useState(given);
  const [label, setLabel] = useState('');
  const [kind, setKind] = useState<Kind>('secret');
  const [spki, setSpki] = useState('');
  const needsKey = kind !== 'secret';
  const isKey = spkiPattern.test(spki.trim());
  const confirm = async (): Promise<void> => {
    const body: NewCredential = {
      ...{ device, label: label.trim(), withSecret: kind !== 'key' },
      ...(needsKey && { spki: spki.trim() }),
    };
    const { secret, operation } = await send('/credentials', credentialMadeSchema, { body });
    notices.follow(operation.id);
    onMade(device, secret);
  };
  return (
    <ConfirmDialog
      title="Give a device a credential"
      isOpen
      onClose={onClose}
      action="Give it"
      isReady={device !== '' && (!needsKey || isKey)}
      onConfirm={confirm}
    >
      <TextField
        label="Client id"
        value={device}
        onChange={setDevice}
        hint="If it has one already, the new one replaces it, and a session that came in with it ends"
        maxLength={1024}
        autoComplete="off"
        required
      />
      <TextField
        label="What it is for"
        value={label}
        onChange={setLabel}
        maxLength={100}
        autoComplete="off"
      />
      <Field
        label="It has to show"
        render={(ids) => (
          <select {...ids} value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {Object.entries(kinds).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        )}
      />
      {needsKey && (
        <TextField
          label="SHA-256 of the public key"
          value={spki}
          onChange={setSpki}
          fault={spki === '' || isKey ? undefined : 'Must be a SHA-256 in base64, 44 characters'}
          hint="Of the SubjectPublicKeyInfo, base64 (RFC 7469)"
          autoComplete="off"
        />
      )}
    </ConfirmDialog>
  );
}

/** Takes the credential of a device away. */
export function RemoveCredential({ device, onClose }: { device: string; onClose: () => void }) {
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const body = { device };
    const operation = await send('/credentials/remove', operationSchema, {
      body,
      idempotencyKey: keys.for(body),
    });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Remove this credential?"
      isOpen
      onClose={onClose}
      kind="danger"
      action="Remove it"
      onConfirm={confirm}
    >
      <p>
        <Text text={device} most={80} className="id" /> is disconnected if it came in with it, and cannot come
        back by it.
      </p>
    </ConfirmDialog>
  );
}

/** Keeps a device out, whoever vouches for it. */
export function DisableDevice({ device: given = '', onClose }: { device?: string; onClose: () => void }) {
  const [device, setDevice] = useState(given);
  const [reason, setReason] = useState('');
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const body = { device, reason: reason.trim() };
    const operation = await send('/credentials/disable', operationSchema, {
      body,
      idempotencyKey: keys.for(body),
    });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Disable a device"
      isOpen
      onClose={onClose}
      kind="danger"
      action="Disable it"
      isReady={device !== '' && isReason(reason)}
      onConfirm={confirm}
    >
      <TextField
        label="Client id"
        value={device}
        onChange={setDevice}
        hint="Disconnected within two seconds, and let in nowhere until it is enabled"
        maxLength={1024}
        autoComplete="off"
        required
      />
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

/** Lets a disabled device in again. */
export function EnableDevice({ device, onClose }: { device: string; onClose: () => void }) {
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const body = { device };
    const operation = await send('/credentials/enable', operationSchema, {
      body,
      idempotencyKey: keys.for(body),
    });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Enable this device?"
      isOpen
      onClose={onClose}
      action="Enable it"
      onConfirm={confirm}
    >
      <p>
        <Text text={device} most={80} className="id" /> may come in again.
      </p>
    </ConfirmDialog>
  );
}
