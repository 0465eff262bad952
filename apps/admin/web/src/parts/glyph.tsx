import type { DeviceState, NodeState } from '@tributary/protocol/admin-api';

type Shape = 'full' | 'bar' | 'hatched' | 'half' | 'triangle' | 'square';

const shapes: Record<DeviceState | NodeState, Shape> = {
  'connected': 'full',
  'offline': 'bar',
  'unknown': 'hatched',
  'ready': 'full',
  'not-ready': 'triangle',
  'draining': 'half',
  'silent': 'hatched',
  'lost': 'square',
};

const drawings = {
  full: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  bar: <path d="M2 6h8" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />,
  hatched: (
    <g stroke="currentColor" fill="none">
      <circle cx="6" cy="6" r="4.5" strokeWidth="1.4" />
      <path d="M3 7.5 7.5 3M4.5 9 9 4.5" strokeWidth="1.1" />
    </g>
  ),
  half: (
    <g stroke="currentColor">
      <circle cx="6" cy="6" r="4.5" fill="none" strokeWidth="1.4" />
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9Z" fill="currentColor" stroke="none" />
    </g>
  ),
  triangle: <path d="M6 1.5 11 10H1Z" fill="currentColor" />,
  square: <rect x="2" y="2" width="8" height="8" fill="currentColor" />,
};

/** A state as shape, colour and word: none of them alone carries it. */
export function State({ state, reason }: { state: DeviceState | NodeState; reason?: string }) {
  return (
    <span className="state" data-state={state}>
      <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
        {drawings[shapes[state]]}
      </svg>
      <span>{state.replace('-', ' ')}</span>
      {reason !== undefined && reason !== '' && <small data-tip={reason}>{reason}</small>}
    </span>
  );
}
