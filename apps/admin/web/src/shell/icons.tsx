import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      {children}
    </svg>
  );
}

/** Three streams that become one. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    <path d="M4 3c0 6 8 5 8 11v7" />
    <path d="M12 3v4" />
    <path d="M20 3c0 6-8 5-8 11" />
  </svg>
);
export const FleetIcon = () => (
  <Icon>
    <path d="M3 13.5 7 9l3 3 4-6 3 4" />
    <path d="M3 17h14" />
  </Icon>
);
export const DevicesIcon = () => (
  <Icon>
    <path d="M3 5h14M3 10h14M3 15h14" />
    <path d="M7 3.5v3M12.5 8.5v3M6 13.5v3" />
  </Icon>
);
export const NodesIcon = () => (
  <Icon>
    <rect x="3" y="3.5" width="14" height="5" rx="1.5" />
    <rect x="3" y="11.5" width="14" height="5" rx="1.5" />
    <path d="M6 6h.01M6 14h.01" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5" />
    <path d="m13 13 4 4" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
    <path d="M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m4 10.5 4 4 8-9" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m6 6 8 8M14 6l-8 8" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5Z" />
  </Icon>
);
export const AutoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 3.5v13a6.5 6.5 0 0 0 0-13Z" fill="currentColor" stroke="none" />
  </Icon>
);
