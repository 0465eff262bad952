import { useNodes } from '../live/context.ts';
import { Mark } from './mark.tsx';
import { CopyLine } from './copy-line.tsx';
import { firstDeviceCommands } from './first-device.ts';

/** Shown while no device has ever connected; fills in by itself when one does. */
export function WaitingForDevice({ hasGateway }: { hasGateway: boolean }) {
  const nodes = useNodes();
  // A command with the wrong port is worse than none for a moment.
  const isKnown = nodes !== undefined || !hasGateway;
  return (
    <section className="waiting" aria-live="polite">
      <Mark />
      <h2>{hasGateway ? 'Waiting for the first device' : 'Waiting for a gateway'}</h2>
      <p className="quiet">
        {hasGateway
          ? 'Run one of these in a terminal. The device appears here as soon as it connects.'
          : 'No gateway node has used this Redis and namespace yet. Once one runs, bring up a device with one of these.'}
      </p>
      {isKnown &&
        firstDeviceCommands(nodes ?? [], location.hostname).map(({ label, text }) => (
          <CopyLine key={label} label={label} text={text} />
        ))}
    </section>
  );
}
