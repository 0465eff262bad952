import type { DeviceDetail } from '@tributary/protocol/admin-api';
import { useLocation } from 'wouter';
import { useDevice } from '../live/context.ts';
import { PageHead } from '../parts/panel.tsx';
import { Empty, Skeleton } from '../parts/states.tsx';
import { UrlTabs } from '../parts/tabs.tsx';
import { Text } from '../parts/text.tsx';
import { CommandsTab } from './commands-tab.tsx';
import { DeviceActions } from './device-actions.tsx';
import { DeviceHead } from './device-head.tsx';
import { deviceIdIn } from './device-words.ts';
import { KeptOut } from './kept-out.tsx';
import { QualityTab } from './quality-tab.tsx';
import { SessionTab } from './session-tab.tsx';
import { TimelineTab } from './timeline-tab.tsx';
import { TraceTab } from './trace-tab.tsx';
import { TrafficTab } from './traffic-tab.tsx';
import './device.css';

/** Everything about one device. Its id is the rest of the path, percent-encoded. */
export function DevicePage() {
  useLocation(); // drawn anew when the path changes
  const id = deviceIdIn(window.location.pathname);
  const live = useDevice(id);
  if (live === undefined) {
    return (
      <div className="page device-page">
        <PageHead title={<Text text={id} most={80} className="id" />} />
        <Skeleton heights={[84, 240, 160]} />
      </div>
    );
  }
  if (live.detail === null) {
    return (
      <div className="page device-page">
        <PageHead title={<Text text={id} most={80} className="id" />} />
        <Empty title="No device of this id is known">
          Its record ends a while after its last connection, or it never connected. The page fills in when it
          does.
        </Empty>
        <KeptOut id={id} />
      </div>
    );
  }
  return <Known device={live.detail} />;
}

function Known({ device }: { device: DeviceDetail }) {
  const { id } = device;
  const tabs = [
    { name: 'quality', title: 'Quality', content: () => <QualityTab device={device} /> },
    { name: 'timeline', title: 'Timeline', content: () => <TimelineTab id={id} /> },
    { name: 'session', title: 'Session', content: () => <SessionTab device={device} /> },
    { name: 'traffic', title: 'Traffic', content: () => <TrafficTab device={device} /> },
    { name: 'commands', title: 'Commands', content: () => <CommandsTab /> },
    { name: 'trace', title: 'Trace', content: () => <TraceTab id={id} /> },
  ];
  return (
    <div className="page device-page">
      <PageHead title={<Text text={id} most={80} className="id" />}>
        <DeviceActions device={device} />
      </PageHead>
      <DeviceHead device={device} />
      <KeptOut id={id} />
      <UrlTabs tabs={tabs} label="About this device" />
    </div>
  );
}
