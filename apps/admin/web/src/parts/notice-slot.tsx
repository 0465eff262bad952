import type { Operation } from '@tributary/protocol/admin-api';
import { operationSchema } from '@tributary/protocol/admin-api';
import { CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { send } from '../api/client.ts';
import { formatCount } from '../format.ts';
import { useOperations } from '../live/context.ts';
import { notices, type Notice } from './notices.ts';
import { operationWords } from './operation-words.ts';
import { Text } from './text.tsx';

const icons = { done: CircleCheck, note: Info, trouble: TriangleAlert };

/** Lower right corner: what happened, and how what was asked for goes on. */
export function NoticeSlot() {
  const shown = useSyncExternalStore(notices.subscribe, () => notices.notices);
  const followed = useSyncExternalStore(notices.subscribe, () => notices.operations);
  return (
    <div className="notices">
      {followed.length > 0 && <Operations ids={followed} />}
      <div role="status" aria-live="polite">
        {shown.map((notice) => (
          <NoticeCard key={notice.id} notice={notice} />
        ))}
      </div>
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const Icon = icons[notice.kind];
  return (
    <div className="notice" data-kind={notice.kind}>
      <Icon size={16} aria-hidden="true" />
      <p>{notice.text}</p>
      {notice.action !== undefined && (
        <button
          type="button"
          onClick={() => {
            notice.action?.run();
            notices.dismiss(notice.id);
          }}
        >
          {notice.action.label}
        </button>
      )}
      <CloseButton onClose={() => notices.dismiss(notice.id)} />
    </div>
  );
}

function Operations({ ids }: { ids: readonly string[] }) {
  const operations = useOperations();
  return ids.map((id) => {
    const operation = operations?.find((each) => each.id === id);
    return operation === undefined ? null : <OperationCard key={id} operation={operation} />;
  });
}

/** One action on its way: asked → accepted → done on n of m. Never success before the nodes have said so. */
export function OperationCard({ operation }: { operation: Operation }) {
  const { id, state, total, target } = operation;
  const { title, answered, detail } = operationWords(operation);
  const isRunning = state === 'asked' || state === 'running';
  const stop = (): void => {
    void send(`/operations/${encodeURIComponent(id)}/stop`, operationSchema).catch((error: Error) =>
      notices.say({ kind: 'trouble', text: `It could not be stopped: ${error.message}` }),
    );
  };
  return (
    <div className="notice operation" data-state={state}>
      <div>
        <p>
          <strong>{title}</strong> <Text text={target} most={40} />
        </p>
        <progress max={Math.max(1, total)} value={answered} aria-label={title} />
        <small aria-live="polite">
          {isRunning && total > 1 ? `${formatCount(answered)} of ${formatCount(total)} · ` : ''}
          {detail}
        </small>
      </div>
      {isRunning && operation.action === 'disconnect-many' && (
        <button type="button" onClick={stop}>
          Stop
        </button>
      )}
      {!isRunning && <CloseButton onClose={() => notices.unfollow(id)} />}
    </div>
  );
}

function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <button type="button" className="icon-button small" aria-label="Dismiss" onClick={onClose}>
      <X size={14} aria-hidden="true" />
    </button>
  );
}
