import type { TraceEvent } from '@tributary/protocol/admin-api';
import { ArrowDown, ArrowUp, Dot } from 'lucide-react';
import { formatExact } from '../format.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Text, TextBlock } from '../parts/text.tsx';
import { showPayload, type PayloadView } from './payload.ts';
import { factsOfEvent } from './trace-rows.ts';

const marks = {
  in: { Icon: ArrowUp, words: 'from the device' },
  out: { Icon: ArrowDown, words: 'to the device' },
  none: { Icon: Dot, words: 'event' },
} as const;

/** One packet or event; opened it shows the payload and everything else there is. */
export function TraceRow({
  event,
  startedAt,
  showsDevice,
  view,
  isOpen,
  onOpen,
}: {
  event: TraceEvent;
  startedAt: number;
  showsDevice: boolean;
  view: PayloadView;
  isOpen: boolean;
  onOpen: () => void;
}) {
  const { Icon, words } = marks[event.direction];
  return (
    <div className="trace-row" data-direction={event.direction}>
      <button type="button" className="trace-line" aria-expanded={isOpen} onClick={onOpen}>
        <time title={formatExact(event.at)}>+{((event.at - startedAt) / 1000).toFixed(3)}</time>
        <span className="trace-mark" data-tip={words}>
          <Icon size={14} aria-label={words} />
        </span>
        <b>{event.type}</b>
        {showsDevice && <Text text={event.device} most={30} className="id" />}
        <Text text={event.topic} most={70} className="id" />
        <span className="quiet">
          <Text text={factsOfEvent(event)} most={120} />
        </span>
      </button>
      {isOpen && <Details event={event} view={view} />}
    </div>
  );
}

function Details({ event, view }: { event: TraceEvent; view: PayloadView }) {
  const { payload, payloadBytes } = event;
  const shown = payload === undefined ? undefined : showPayload(payload, view);
  return (
    <div className="trace-details">
      <div className="row-actions">
        <CopyButton text={JSON.stringify(event)} label="Copy this event as JSON" />
      </div>
      <p className="quiet">
        {formatExact(event.at)} · node <Text text={event.node} /> · epoch {event.epoch}
      </p>
      {shown !== undefined && (
        <>
          <TextBlock text={shown.text} />
          <p className="quiet">
            {payloadBytes} bytes as {shown.as}
            {payloadBytes > 1024 && ', the first 1,024 of them'}
          </p>
        </>
      )}
      {shown === undefined && payloadBytes > 0 && (
        <p className="quiet">{payloadBytes} bytes of payload, not recorded or not yours to read</p>
      )}
    </div>
  );
}
