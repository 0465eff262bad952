import { expect, test } from 'vitest';
import { listenerSchema } from './listener.ts';

const trusted = ['10.0.0.0/8'];

/** What is wrong with the proxies of a listener, as `path message`. */
function faultsOf(protocol: string, proxy: object): string[] {
  const read = listenerSchema.safeParse({ name: 'a', protocol, port: 0, proxy });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('nobody is believed unless it is said', () => {
  const { proxy } = listenerSchema.parse({ name: 'a', protocol: 'mqtt', port: 0 });
  expect(proxy).toEqual({ protocol: 'off', header: 'none', trusted: [], timeoutMs: 2000 });
});

test.each([
  ['mqtt', { protocol: 'any', trusted }],
  ['mqtt', { protocol: 'v2', trusted: ['10.0.0.1', '2001:db8::/32', '::1'] }],
  ['ws', { header: 'forwarded', trusted }],
  ['ws', { protocol: 'v1', header: 'x-forwarded-for', trusted }],
])('%s: %j', (protocol, proxy) => expect(faultsOf(protocol, proxy)).toEqual([]));

test.each([
  ['mqtt', { protocol: 'any' }, 'proxy.trusted must name the proxies'],
  ['ws', { header: 'forwarded', trusted: [] }, 'proxy.trusted must name the proxies'],
  ['mqtt', { trusted }, 'proxy.trusted is set, but neither'],
  ['mqtt', { header: 'forwarded', trusted }, 'proxy.header is set, but protocol mqtt has no headers'],
  ['mqtt', { protocol: 'v3', trusted }, 'proxy.protocol'],
  ['mqtt', { protocol: 'any', trusted: ['10.0.0.0/33'] }, 'proxy.trusted.0 must be an address or a block'],
  [
    'mqtt',
    { protocol: 'any', trusted: ['balancer.example'] },
    'proxy.trusted.0 must be an address or a block',
  ],
  ['mqtt', { protocol: 'any', trusted, timeoutMs: 0 }, 'proxy.timeoutMs'],
])('%s: %j is refused: %s', (protocol, proxy, fault) => {
  expect(faultsOf(protocol, proxy)).toEqual([expect.stringContaining(fault)]);
});
