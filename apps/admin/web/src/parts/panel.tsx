import { useId, type ReactNode } from 'react';

/** A part of a page with a heading, what belongs beside the heading, and its content. */
export function Panel({
  title,
  note,
  actions,
  children,
  className,
}: {
  title: string;
  /** In the quiet voice beside the title. */
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  return (
    <section className={className === undefined ? 'panel' : `panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="panel-note">{note}</span>}
        {actions !== undefined && <div className="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Top of a page: its name, what it counts, and what can be done. */
export function PageHead({
  title,
  count,
  children,
}: {
  title: ReactNode;
  count?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="page-head">
      <h1>
        {title}
        {count !== undefined && <span className="count">{count}</span>}
      </h1>
      {children !== undefined && <div className="page-actions">{children}</div>}
    </div>
  );
}
