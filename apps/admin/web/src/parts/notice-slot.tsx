import { CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useSyncExternalStore } from 'react';
import { CloseButton } from './close-button.tsx';
import { notices, type Notice } from './notices.ts';

// Not needed before somebody does something.
const OperationCards = lazy(() => import('./operation-cards.tsx'));

const icons = { done: CircleCheck, note: Info, trouble: TriangleAlert };

/** Lower right corner: what happened, and how what was asked for goes on. */
export function NoticeSlot() {
  const shown = useSyncExternalStore(notices.subscribe, () => notices.notices);
  const followed = useSyncExternalStore(notices.subscribe, () => notices.operations);
  return (
    <div className="notices">
      {followed.length > 0 && (
        <Suspense fallback={null}>
          <OperationCards ids={followed} />
        </Suspense>
      )}
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
