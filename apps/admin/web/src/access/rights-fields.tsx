import { roles, type Role } from '@tributary/protocol/admin-api';
import { Field } from '../parts/field.tsx';

/** What an operator or a token may: its role, and whether payloads are shown to it. */
export function RightsFields({
  role,
  canReadPayload,
  onRole,
  onPayload,
  hint,
  offered = roles,
  offersPayload = true,
}: {
  role: Role;
  canReadPayload: boolean;
  onRole: (role: Role) => void;
  onPayload: (may: boolean) => void;
  hint: string;
  offered?: readonly Role[];
  offersPayload?: boolean;
}) {
  return (
    <>
      <Field
        label="Role"
        hint={hint}
        render={(ids) => (
          <select {...ids} value={role} onChange={(event) => onRole(event.target.value as Role)}>
            {offered.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      />
      {offersPayload && (
        <label className="check">
          <input
            type="checkbox"
            checked={canReadPayload}
            onChange={(event) => onPayload(event.target.checked)}
          />
          May see what devices send (payload:read)
        </label>
      )}
    </>
  );
}
