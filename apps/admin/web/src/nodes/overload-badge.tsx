import { type NodeView, overloadWords } from '@tributary/protocol/admin-api';

/** Where a node's overload ladder stands; nothing while it stands at the bottom. */
export function OverloadBadge({ node }: { node: NodeView }) {
  if (node.figures === null || node.figures.overload.step === 'normal') return null;
  const { step, reason, isObserved } = node.figures.overload;
  const why = reason === null ? '' : `${overloadWords.signals[reason]}: `;
  const what = overloadWords.steps[step];
  return (
    <span
      className="overload-badge"
      data-step={step}
      data-tip={isObserved ? `${why}it would do this, but only watches: ${what}` : `${why}${what}`}
    >
      overload: {step.replace('-', ' ')}
      {isObserved && ' (watched)'}
    </span>
  );
}
