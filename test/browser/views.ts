import type { Page } from 'playwright-core';

/** A view of the dashboard, as its URL says it, and what tells that it is that view. */
export interface View {
  name: string;
  path: string;
  shows: (page: Page) => Promise<void>;
}

const heading = (name: string | RegExp) => (page: Page) =>
  page.getByRole('heading', { level: 1, name }).waitFor();
const tab = (name: string) => (page: Page) => page.getByRole('tab', { name, selected: true }).waitFor();
const row = (id: string) => (page: Page) => page.locator(`[role="row"][data-id="${id}"]`).waitFor();

/** Every view there is, of a fleet with the devices `pump-1` and `plant/3` on node `gw-1`. */
export const views: readonly View[] = [
  { name: 'fleet', path: '/', shows: heading('Fleet') },
  { name: 'fleet of six hours', path: '/?range=-6h', shows: (page) => pressed(page, '6h') },
  { name: 'devices', path: '/devices', shows: row('pump-1') },
  { name: 'devices by filter', path: '/devices?q=pump%20state%3Aconnected&sort=-rtt', shows: filtered },
  { name: 'devices, columns', path: '/devices?cols=id,state,proto', shows: columns },
  { name: 'devices, none fits', path: '/devices?q=nothing-like-it', shows: nothing },
  { name: 'device', path: '/devices/pump-1', shows: tab('Quality') },
  { name: 'device with a slash', path: '/devices/plant%2F3', shows: heading('plant/3') },
  { name: 'device, timeline', path: '/devices/pump-1?tab=timeline', shows: tab('Timeline') },
  { name: 'device, session', path: '/devices/pump-1?tab=session', shows: tab('Session') },
  { name: 'device, traffic', path: '/devices/pump-1?tab=traffic', shows: tab('Traffic') },
  { name: 'device, trace', path: '/devices/pump-1?tab=trace', shows: tab('Trace') },
  { name: 'no such device', path: '/devices/nobody', shows: nobody },
  { name: 'problems', path: '/problems', shows: heading(/^Problems/) },
  { name: 'nodes', path: '/nodes', shows: heading(/^Nodes/) },
  { name: 'node', path: '/nodes/gw-1', shows: heading(/gw-1/) },
  { name: 'streams', path: '/streams', shows: heading(/^Streams/) },
  { name: 'traces', path: '/traces', shows: heading('Traces') },
  { name: 'audit by operator', path: '/audit?who=admin', shows: audit },
  { name: 'access, bans', path: '/access', shows: tab('Bans') },
  { name: 'access, devices', path: '/access?tab=devices', shows: tab('Devices') },
  { name: 'access, tokens', path: '/access?tab=tokens', shows: tab('API tokens') },
  { name: 'access, operators', path: '/access?tab=operators', shows: tab('Operators') },
];

async function filtered(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove state:connected' }).waitFor();
  await page.locator('[role="columnheader"][aria-sort="descending"]', { hasText: 'RTT' }).waitFor();
  await row('pump-1')(page);
}

async function columns(page: Page): Promise<void> {
  await page.getByRole('columnheader', { name: 'Protocol' }).waitFor();
  await row('pump-1')(page);
}

const pressed = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, pressed: true }).waitFor();
async function nothing(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'No device fits' }).waitFor();
}
async function nobody(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'No device of this id is known' }).waitFor();
}
async function audit(page: Page): Promise<void> {
  await page.locator('table.audit td', { hasText: 'session.begin' }).first().waitFor();
}
