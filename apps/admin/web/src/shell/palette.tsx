import { Dialog } from '@base-ui/react/dialog';
import { deviceListSchema } from '@tributary/protocol/admin-api';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { useApi } from '../api/query.ts';
import { closeLayer } from '../parts/layers.ts';
import { shortened } from '../parts/safe-text.ts';
import { devicePath } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { operatorPages, pages } from './pages.ts';
import { fitting, type Offer } from './palette-model.ts';
import { keyMap } from './shortcuts.ts';

const typingPauseMs = 120;
const mostDevices = 6;

/** Goes anywhere and does anything by typing a part of its name; finds devices as well. */
export default function Palette() {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const offers = useOffers(typed);
  const list = useId();
  const at = Math.min(chosen, offers.length - 1);
  const take = (offer: Offer | undefined): void => {
    if (offer === undefined) return;
    closeLayer();
    offer.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') take(offers[at]);
    else if (step !== undefined) setChosen((at + step + offers.length) % Math.max(1, offers.length));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeLayer()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" aria-label="Search or go to">
          <input
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={offers[at] === undefined ? undefined : `${list}-${at}`}
            aria-label="Search or go to"
            placeholder="A page, an action, a device, or a filter like cqi<50 tag.site:berlin"
            autoComplete="off"
            spellCheck={false}
            maxLength={512}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setChosen(0);
            }}
            onKeyDown={onKey}
          />
          <ul role="listbox" id={list} aria-label="Offers">
            {offers.map((offer, i) => (
              <li
                key={offer.key}
                id={`${list}-${i}`}
                role="option"
                aria-selected={i === at}
                onPointerMove={() => setChosen(i)}
                onClick={() => take(offer)}
              >
                <span dir="auto">{offer.title}</span>
                <small>{offer.hint}</small>
              </li>
            ))}
          </ul>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useOffers(typed: string): Offer[] {
  const [, navigate] = useLocation();
  const { may } = useRights();
  const devices = useDeviceOffers(typed, navigate);
  const places = [...pages, ...operatorPages]
    .filter(({ needs }) => may(needs))
    .map(({ title, path, key }): Offer => ({
      key: path,
      title,
      hint: `g ${key}`,
      run: () => navigate(path),
    }));
  const actions = keyMap
    .list()
    .filter(({ group }) => group !== 'Go to')
    .map(({ keys, title, run }): Offer => ({ key: `key-${keys}`, title, hint: keys, run }));
  const search: Offer = {
    key: 'search',
    title: `Devices: ${shortened(typed.trim(), 60)}`,
    hint: 'filter',
    run: () => navigate(`/devices?q=${encodeURIComponent(typed.trim())}`),
  };
  const fits = fitting([...places, ...actions], typed);
  return typed.trim() === '' ? fits : [...devices, ...fits.slice(0, 6), search];
}

/** Devices whose id begins with what was typed, or that fit it as a filter. */
function useDeviceOffers(typed: string, navigate: (path: string) => void): Offer[] {
  const [q, setQ] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const path = `/devices?limit=${mostDevices}&q=${encodeURIComponent(q)}`;
  const { data, isPlaceholderData } = useApi(path, deviceListSchema, {
    enabled: q !== '',
    keepsPrevious: true,
  });
  const wanted = typed.trim().toLowerCase();
  if (q === '' || wanted === '') return [];
  // Who types on and presses Enter must not open what an earlier letter found.
  const isEarlier = isPlaceholderData || q !== typed.trim();
  const found = data?.items.filter(({ id }) => !isEarlier || id.toLowerCase().includes(wanted)) ?? [];
  return found.map(({ id, state }) => ({
    key: `device-${id}`,
    title: shortened(id, 70),
    hint: state,
    run: () => navigate(devicePath(id)),
  }));
}
