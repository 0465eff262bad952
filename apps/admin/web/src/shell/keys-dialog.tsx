import { Dialog } from '../parts/dialog.tsx';
import { closeLayer } from '../parts/layers.ts';
import { densities, themes } from '../session/preferences.ts';
import { setPreferences, usePreferences } from '../session/use-preferences.ts';
import { keyMap } from './shortcuts.ts';

/** The list of keys that work at this moment, and how the page is to look. */
export default function KeysDialog() {
  const { theme, density, hasLetterKeys } = usePreferences();
  const bindings = keyMap.list();
  const groups = [...new Set(bindings.map(({ group }) => group))];
  return (
    <Dialog title="Keys and settings" isOpen onClose={closeLayer} size="wide">
      <div className="key-list">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {bindings
                .filter((each) => each.group === group)
                .map(({ keys, title }) => (
                  <li key={keys}>
                    {title}
                    <Keys keys={keys} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
      <div className="settings">
        <Choice
          label="Theme"
          values={themes}
          chosen={theme}
          onChoose={(next) => setPreferences({ theme: next })}
        />
        <Choice
          label="Rows"
          values={densities}
          chosen={density}
          onChoose={(next) => setPreferences({ density: next })}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={hasLetterKeys}
            onChange={(event) => setPreferences({ hasLetterKeys: event.target.checked })}
          />
          Shortcuts of a single letter
        </label>
      </div>
    </Dialog>
  );
}

function Keys({ keys }: { keys: string }) {
  const names = keys === ' ' ? ['Space'] : keys.replace('Ctrl+k', 'Ctrl\u00a0K').split(' ');
  return (
    <span className="keys">
      {names.map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  );
}

function Choice<T extends string>({
  label,
  values,
  chosen,
  onChoose,
}: {
  label: string;
  values: readonly T[];
  chosen: T;
  onChoose: (value: T) => void;
}) {
  return (
    <div className="choice" role="group" aria-label={label}>
      <span>{label}</span>
      <div className="segments">
        {values.map((value) => (
          <button key={value} type="button" aria-pressed={value === chosen} onClick={() => onChoose(value)}>
            {value}
          </button>
        ))}
      </div>
    </div>
  );
}
