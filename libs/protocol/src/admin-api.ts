// What the admin server and the browser say to each other. Safe in a browser: nothing here imports `node:`.
export * from './admin/access.ts';
export * from './admin/actions.ts';
export * from './admin/device.ts';
export * from './admin/device-page.ts';
export * from './admin/feed.ts';
export * from './admin/filter.ts';
export * from './admin/fleet.ts';
export * from './admin/groups.ts';
export * from './admin/history.ts';
export * from './admin/node.ts';
export * from './admin/problem.ts';
export * from './admin/problems.ts';
export * from './admin/quality.ts';
export * from './admin/streams.ts';
export * from './ip-address.ts';
export * from './quality/index.ts';
export * from './target.ts';
