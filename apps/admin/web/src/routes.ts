import { lazy, type ComponentType } from 'react';

/** A page under an address; loaded when somebody goes there. */
interface PageRoute {
  path: string;
  component: ComponentType;
  load: () => Promise<unknown>;
}

function page<N extends string>(
  path: string,
  load: () => Promise<Record<N, ComponentType>>,
  name: N,
): PageRoute {
  return { path, load, component: lazy<ComponentType>(async () => ({ default: (await load())[name] })) };
}

export const routes: readonly PageRoute[] = [
  page('/', () => import('./fleet/fleet-page.tsx'), 'FleetPage'),
  page('/devices', () => import('./devices/devices-page.tsx'), 'DevicesPage'),
  page('/devices/:id', () => import('./device/device-page.tsx'), 'DevicePage'),
  page('/problems', () => import('./problems/problems-page.tsx'), 'ProblemsPage'),
  page('/nodes', () => import('./nodes/nodes-page.tsx'), 'NodesPage'),
  page('/nodes/:id', () => import('./nodes/node-page.tsx'), 'NodePage'),
  page('/streams', () => import('./streams/streams-page.tsx'), 'StreamsPage'),
  page('/audit', () => import('./audit/audit-page.tsx'), 'AuditPage'),
  page('/access', () => import('./access/access-page.tsx'), 'AccessPage'),
  page('/traces', () => import('./traces/traces-page.tsx'), 'TracesPage'),
  page('/traces/:id', () => import('./traces/traces-page.tsx'), 'TracesPage'),
];

/** Begins to load the page of this address, while it is still being asked who is signed in. */
export function preload(address: string): void {
  const [, first = '', second] = address.split('/');
  const path = second === undefined ? `/${first}` : `/${first}/:id`;
  void routes
    .find((route) => route.path === path)
    ?.load()
    .catch(() => undefined); // it is asked for again, and the fault told, when the page is shown
}
