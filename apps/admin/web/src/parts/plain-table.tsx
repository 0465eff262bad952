import type { ReactNode } from 'react';

/** Head of a column: its words; those of `number` stand to the right, those of `hidden` are for screen readers. */
export type Head = string | { readonly number: string } | { readonly hidden: string };

/** A table that is read, not worked with: its heads, and rows as they are given. */
export function PlainTable({
  heads,
  region,
  className,
  children,
}: {
  heads: readonly Head[];
  /** Names the box in which a table too wide for its place is scrolled; without it there is no box. */
  region?: string;
  className?: string;
  children: ReactNode;
}) {
  const table = (
    <table className={className === undefined ? 'plain' : `plain ${className}`}>
      <thead>
        <tr>
          {heads.map((head) => (
            <HeadCell key={wordsOf(head)} head={head} />
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
  if (region === undefined) return table;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={region}>
      {table}
    </div>
  );
}

function HeadCell({ head }: { head: Head }) {
  if (typeof head === 'string') return <th scope="col">{head}</th>;
  return (
    <th scope="col" className={'number' in head ? 'number' : undefined}>
      {'number' in head ? head.number : <span className="sr">{head.hidden}</span>}
    </th>
  );
}

const wordsOf = (head: Head): string =>
  typeof head === 'string' ? head : 'number' in head ? head.number : head.hidden;
