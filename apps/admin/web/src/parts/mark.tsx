/** Three streams that become one. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
    <path d="M4 3c0 6 8 5 8 11v7" />
    <path d="M12 3v4" />
    <path d="M20 3c0 6-8 5-8 11" />
  </svg>
);
