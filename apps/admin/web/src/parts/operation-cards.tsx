import type { Operation } from '@tributary/protocol/admin-api';
import { operationSchema } from '@tributary/protocol/admin-api';
import { send } from '../api/client.ts';
import { formatCount } from '../format.ts';
import { useOperations } from '../live/context.ts';
import { CloseButton } from './close-button.tsx';
import { notices } from './notices.ts';
import { operationWords } from './operation-words.ts';
import { Text } from './text.tsx';

/** The actions whose progress is followed. */
export default function OperationCards({ ids }: { ids: readonly string[] }) {
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
