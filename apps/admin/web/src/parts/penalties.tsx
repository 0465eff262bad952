import { type Cause, causes, causeWords, type Penalties } from '@tributary/protocol/admin-api';
import { causeSentences, causeToken } from './words.ts';

/** Points as they are told: whole ones of a device, tenths of a mean. */
const points = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/**
 * Where points were lost: 100 wide, what is left in front, then each cause. The parts and the score make 100 exactly.
 * @param scale how many points the whole width is; for means of a fleet less than 100 shows more.
 */
export function PenaltiesBar({
  penalties,
  scale = 100,
  label,
}: {
  penalties: Penalties;
  scale?: number;
  label?: string;
}) {
  const lost = causes.filter((cause) => penalties[cause] > 0);
  const words = lost.map((cause) => `${causeWords[cause]} ${points(penalties[cause])}`).join(', ');
  return (
    <span
      className="penalties"
      role="img"
      aria-label={`${label ?? 'Points lost'}: ${words === '' ? 'none' : words}`}
    >
      {lost.map((cause) => (
        <i
          key={cause}
          style={{
            inlineSize: `${(100 * penalties[cause]) / scale}%`,
            background: `var(${causeToken(cause)})`,
          }}
          data-tip={`${causeWords[cause]}: ${points(penalties[cause])} points`}
        />
      ))}
    </span>
  );
}

/** The same as a list: every cause with its points, the greatest first. */
export function PenaltiesList({
  penalties,
  hidesZero = true,
}: {
  penalties: Penalties;
  hidesZero?: boolean;
}) {
  const shown = causes
    .filter((cause) => !hidesZero || penalties[cause] > 0)
    .sort((one, other) => penalties[other] - penalties[one]);
  return (
    <ul className="penalties-list">
      {shown.map((cause) => (
        <li key={cause}>
          <CauseMark cause={cause} />
          <span>{causeWords[cause]}</span>
          <b>−{points(penalties[cause])}</b>
        </li>
      ))}
      {shown.length === 0 && <li className="quiet">no points lost</li>}
    </ul>
  );
}

/** The colour of a cause, as in every chart. */
export function CauseMark({ cause }: { cause: Cause }) {
  return <i className="cause-mark" style={{ background: `var(${causeToken(cause)})` }} aria-hidden="true" />;
}

/** The main cause of a device's trouble. */
export function CauseWord({ cause }: { cause: Cause | null }) {
  if (cause === null) return null;
  return (
    <span className="cause-word" data-tip={causeSentences[cause]}>
      <CauseMark cause={cause} />
      {causeWords[cause]}
    </span>
  );
}
