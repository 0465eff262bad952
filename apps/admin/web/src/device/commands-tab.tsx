import { Empty } from '../parts/states.tsx';

/** Its place: commands come with the SDK for backends. */
export function CommandsTab() {
  return (
    <Empty title="Commands are not in this version">
      Until then a backend sends to a device by publishing to a topic that it subscribes to.
    </Empty>
  );
}
