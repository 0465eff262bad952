import {
  Activity,
  Cable,
  KeyRound,
  Radio,
  ScrollText,
  Server,
  TriangleAlert,
  Waves,
  type LucideIcon,
} from 'lucide-react';
import type { Role } from '@tributary/protocol/admin-api';

export interface Page {
  path: string;
  title: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  /** Below this role the page is not offered. */
  needs: Role;
}

/** Where one can go, in the order of the rail; the second group is about operators rather than devices. */
export const pages: readonly Page[] = [
  { path: '/', title: 'Fleet', icon: Activity, key: 'f', needs: 'viewer' },
  { path: '/devices', title: 'Devices', icon: Cable, key: 'd', needs: 'viewer' },
  { path: '/problems', title: 'Problems', icon: TriangleAlert, key: 'p', needs: 'viewer' },
  { path: '/nodes', title: 'Nodes', icon: Server, key: 'n', needs: 'viewer' },
  { path: '/streams', title: 'Streams', icon: Waves, key: 's', needs: 'viewer' },
  { path: '/traces', title: 'Traces', icon: Radio, key: 't', needs: 'operator' },
];
export const operatorPages: readonly Page[] = [
  { path: '/audit', title: 'Audit', icon: ScrollText, key: 'a', needs: 'operator' },
  { path: '/access', title: 'Access', icon: KeyRound, key: 'c', needs: 'viewer' },
];

/** The page a path belongs to. */
export const pageOf = (path: string): Page | undefined =>
  [...pages, ...operatorPages].find((page) =>
    page.path === '/' ? path === '/' : path === page.path || path.startsWith(`${page.path}/`),
  );
