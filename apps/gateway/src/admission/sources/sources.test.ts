import { ManualClock } from '@tributary/runtime';
import { describe, expect, test } from 'vitest';
import { Random } from '../../testing/random.ts';
import type { ThrottleNote } from '../throttle-note.ts';
import { SourceVisit } from './source-visit.ts';
import { Sources } from './sources.ts';
import type { SourcesConfig } from './sources-config.ts';

type Parts = { [K in keyof SourcesConfig]?: Partial<SourcesConfig[K]> | number };

const free = {
  rate: '1000000/s',
  burst: 1_000_000,
  connections: 1_000_000,
  unauthenticated: 1_000_000,
} as const;

/** Limits nobody meets, but for what a test says. */
function configOf(parts: Parts = {}): SourcesConfig {
  const part = (name: keyof SourcesConfig): object => (parts[name] ?? {}) as object;
  return {
    address: { mode: 'enforce', ...free, tlsHandshakes: 1_000_000, ...part('address') },
    prefix: { mode: 'enforce', ipv4Bits: 24, ipv6Bits: 64, ...free, ...part('prefix') },
    node: { mode: 'enforce', tlsHandshakes: 1_000_000, ...part('node') },
    earned: { max: 10_000, halfLifeMs: 1000, ...part('earned') },
    maxIdle: typeof parts.maxIdle === 'number' ? parts.maxIdle : 100,
  };
}

function desk(parts: Parts = {}) {
  const clock = new ManualClock();
  const notes: [ThrottleNote, string | undefined][] = [];
  const sources = new Sources(
    configOf(parts),
    () => clock.monotonic(),
    (note, address) => notes.push([note, address]),
  );
  const enter = (address = '203.0.113.9:1', isSecuring = false): SourceVisit => {
    const answer = sources.enter(address, isSecuring);
    if (!(answer instanceof SourceVisit)) throw new Error(answer.rule);
    return answer;
  };
  const ruleMet = (address = '203.0.113.9:1', isSecuring = false): string | undefined => {
    const answer = sources.enter(address, isSecuring);
    return answer instanceof SourceVisit ? undefined : answer.rule;
  };
  return { clock, notes, sources, enter, ruleMet };
}

test('an address may open a burst of connections at once, then so many per second', () => {
  const { clock, ruleMet } = desk({ address: { rate: '2/s', burst: 3 } });
  expect([1, 2, 3].map(() => ruleMet())).toEqual([undefined, undefined, undefined]);
  expect(ruleMet('203.0.113.9:2')).toBe('sources.address.rate');
  expect(ruleMet('203.0.113.10:2')).toBeUndefined();
  clock.advance(499);
  expect(ruleMet()).toBe('sources.address.rate');
  clock.advance(1);
  expect(ruleMet()).toBeUndefined();
  expect(ruleMet()).toBe('sources.address.rate');
});

test('what is refused costs no tokens, so that who knocks all the time gets in at the rate all the same', () => {
  const { clock, ruleMet } = desk({ address: { rate: '1/s', burst: 1 } });
  let letIn = 0;
  for (let i = 0; i < 100; i++) {
    if (ruleMet() === undefined) letIn++;
    clock.advance(100);
  }
  expect(letIn).toBe(10);
});

test('open connections are bounded until one leaves', () => {
  const { enter, ruleMet } = desk({ address: { connections: 2 } });
  const first = enter();
  enter();
  expect(ruleMet()).toBe('sources.address.connections');
  first.left();
  first.left();
  expect(ruleMet()).toBeUndefined();
  expect(ruleMet()).toBe('sources.address.connections');
});

test('those that have not said who they are are bounded until one is in', () => {
  const { enter, ruleMet, sources } = desk({ address: { unauthenticated: 1 } });
  const first = enter();
  expect(ruleMet()).toBe('sources.address.unauthenticated');
  first.welcomed(false);
  first.welcomed(true);
  const second = enter();
  expect(ruleMet()).toBe('sources.address.unauthenticated');
  second.left();
  first.left();
  expect(sources.greeting).toBe(0);
});

test('TLS handshakes are bounded for an address and for the node, until they end either way', () => {
  const { enter, ruleMet, sources } = desk({ address: { tlsHandshakes: 1 }, node: { tlsHandshakes: 2 } });
  const first = enter('192.0.2.1:1', true);
  expect(ruleMet('192.0.2.1:2', true)).toBe('sources.address.tlsHandshakes');
  expect(ruleMet('192.0.2.1:2', false)).toBeUndefined();
  const second = enter('192.0.2.2:1', true);
  expect(ruleMet('192.0.2.3:1', true)).toBe('sources.node.tlsHandshakes');
  first.secured();
  first.secured();
  enter('192.0.2.1:3', true);
  second.left();
  expect(sources.securing).toBe(1);
});

describe('a block of addresses', () => {
  const limits = { connections: 2, ipv4Bits: 24, ipv6Bits: 64 };

  test('is counted as a whole', () => {
    const { enter, ruleMet } = desk({ prefix: limits });
    enter('203.0.113.1:1');
    enter('203.0.113.255:1');
    expect(ruleMet('203.0.113.77:1')).toBe('sources.prefix.connections');
    expect(ruleMet('203.0.114.1:1')).toBeUndefined();
    enter('[2001:db8::1]:1');
    enter('[2001:db8::ffff:0:0:1]:1');
    expect(ruleMet('[2001:db8:0:0:1::]:1')).toBe('sources.prefix.connections');
    expect(ruleMet('[2001:db8:0:1::]:1')).toBeUndefined();
  });

  test('is told of as a whole, and the node as nobody in particular', () => {
    const { notes, ruleMet } = desk({ prefix: { ...limits, connections: 0 }, node: { tlsHandshakes: 0 } });
    ruleMet('[2001:db8::1]:1');
    ruleMet('203.0.113.9:1', true);
    expect(notes.map(([{ rule }, whose]) => [rule, whose])).toEqual([
      ['sources.prefix.connections', '2001:db8::/64'],
      ['sources.node.tlsHandshakes', undefined],
    ]);
  });

  test('may have any length', () => {
    const { enter, ruleMet } = desk({ prefix: { ...limits, ipv4Bits: 8 } });
    enter('203.0.113.1:1');
    enter('203.255.255.255:1');
    expect(ruleMet('203.1.1.1:1')).toBe('sources.prefix.connections');
    expect(ruleMet('204.1.1.1:1')).toBeUndefined();
    const alone = desk({ prefix: { ...limits, connections: 1, ipv4Bits: 32 } });
    alone.enter('255.255.255.255:1');
    expect(alone.ruleMet('255.255.255.255:2')).toBe('sources.prefix.connections');
    expect(alone.ruleMet('255.255.255.254:1')).toBeUndefined();
  });

  test('sees an IPv4 address the same however it is written', () => {
    const { enter, ruleMet } = desk({ address: { connections: 1 } });
    enter('[::ffff:203.0.113.9]:1');
    expect(ruleMet('203.0.113.9:2')).toBe('sources.address.connections');
  });
});

describe('mode', () => {
  test('observe lets in and tells what it would have refused', () => {
    const { notes, ruleMet } = desk({ address: { connections: 1, mode: 'observe' } });
    expect([ruleMet(), ruleMet()]).toEqual([undefined, undefined]);
    expect(notes).toEqual([
      [
        {
          scope: 'address',
          reason: 'connections',
          rule: 'sources.address.connections',
          action: 'refuse',
          isObserved: true,
        },
        '203.0.113.9:1',
      ],
    ]);
  });

  test('observe of one scope does not open another', () => {
    const { ruleMet } = desk({ address: { connections: 0, mode: 'observe' }, prefix: { connections: 1 } });
    expect([ruleMet(), ruleMet()]).toEqual([undefined, 'sources.prefix.connections']);
  });

  test('off tells nothing', () => {
    const { notes, ruleMet } = desk({ address: { connections: 0, rate: '1/h', burst: 1, mode: 'off' } });
    expect([ruleMet(), ruleMet()]).toEqual([undefined, undefined]);
    expect(notes).toEqual([]);
  });

  test('changes for the next connection, and what is open counts', () => {
    const { enter, ruleMet, sources } = desk();
    enter();
    sources.configure(configOf({ address: { connections: 1 } }));
    expect(ruleMet()).toBe('sources.address.connections');
    sources.configure(configOf({ prefix: { ipv4Bits: 16 } }));
    expect(ruleMet()).toBeUndefined();
  });
});

describe('an address earns budget', () => {
  const strict = { connections: 2, unauthenticated: 2, rate: '1/h', burst: 2 };

  /** Lets in as many as may, vouched for one after the other. */
  function fill({ sources }: ReturnType<typeof desk>, count: number): SourceVisit[] {
    const visits: SourceVisit[] = [];
    while (visits.length < count) {
      const answer = sources.enter('203.0.113.9:1', false);
      if (!(answer instanceof SourceVisit)) break;
      answer.welcomed(true);
      visits.push(answer);
    }
    return visits;
  }

  test('of one connection for each an authenticator vouches for', () => {
    const stage = desk({ address: { ...strict, rate: '1000/s', burst: 1000 } });
    const site = fill(stage, 500);
    expect(site).toHaveLength(500);
    // Those who came with them and are not in yet have the budget of a stranger.
    expect([stage.ruleMet(), stage.ruleMet(), stage.ruleMet()].slice(0, 2)).toEqual([undefined, undefined]);
  });

  test('so that all its devices may come back at once, and more than once', () => {
    const stage = desk({
      address: { ...strict, rate: '1000/s', burst: 1000 },
      earned: { halfLifeMs: 3_600_000 },
    });
    for (const visit of fill(stage, 500)) visit.left();
    stage.sources.configure(configOf({ address: strict, earned: { halfLifeMs: 3_600_000 } }));
    stage.clock.advance(60_000); // of earned rate
    const storm = Array.from({ length: 500 }, () => stage.ruleMet());
    expect(storm.filter((rule) => rule === undefined).length).toBeGreaterThan(490);
  });

  test('of none for those who are anonymous', () => {
    const { enter, ruleMet } = desk({ address: { connections: 2 } });
    enter().welcomed(false);
    enter().welcomed(false);
    expect(ruleMet()).toBe('sources.address.connections');
  });

  test('as high as it ever had devices at a time, and not by one that comes again and again', () => {
    const stage = desk({ address: { connections: 2 }, earned: { halfLifeMs: 3_600_000 } });
    for (let i = 0; i < 1000; i++) for (const visit of fill(stage, 1)) visit.left();
    const open = Array.from({ length: 10 }, () => stage.ruleMet()).filter((rule) => rule === undefined);
    expect(open).toHaveLength(3);
  });

  test('not by one whose old sockets linger', () => {
    const stage = desk({ address: { connections: 2 }, earned: { halfLifeMs: 3_600_000 } });
    const [first] = fill(stage, 1);
    first!.parted();
    first!.parted();
    const [second] = fill(stage, 1);
    second!.parted();
    // Both sockets are still open: two of the three it may have.
    expect([stage.ruleMet(), stage.ruleMet()]).toEqual([undefined, 'sources.address.connections']);
    first!.left();
    expect(stage.ruleMet()).toBeUndefined();
  });

  test('which halves in time once they are gone, and not while they stay', () => {
    const stage = desk({ address: { connections: 1 } });
    const site = fill(stage, 8);
    stage.clock.advance(100_000);
    for (const visit of site) visit.left();
    stage.clock.advance(2000);
    const open = Array.from({ length: 10 }, () => stage.ruleMet()).filter((rule) => rule === undefined);
    expect(open).toHaveLength(1 + 2);
  });

  test('up to a maximum', () => {
    const stage = desk({ address: { connections: 1 }, earned: { max: 4 } });
    expect(fill(stage, 100)).toHaveLength(5);
  });
});

describe('memory', () => {
  test('stays the same under a spray of addresses', () => {
    const { sources, enter } = desk({ maxIdle: 100 });
    for (let i = 0; i < 10_000; i++) enter(`${i >> 8}.${i & 255}.1.1:1`).left();
    for (let i = 0; i < 10_000; i++) enter(`[2001:db8:${i.toString(16)}::1]:1`).left();
    expect(sources.addressCount).toBe(100);
    expect(sources.prefixCount).toBe(100);
  });

  test('holds one entry for each address with a connection, and keeps those', () => {
    const { enter, ruleMet, sources } = desk({ maxIdle: 16, address: { connections: 1 } });
    const visits = Array.from({ length: 100 }, (_, i) => enter(`203.0.${i}.1:1`));
    for (let i = 0; i < 1000; i++) enter(`10.${i >> 8}.${i & 255}.1:1`).left();
    expect(sources.addressCount).toBe(100 + 16);
    expect(ruleMet('203.0.0.1:2')).toBe('sources.address.connections');
    for (const visit of visits) visit.left();
    expect(sources.addressCount).toBe(16);
  });

  test('forgets who was refused as well, the oldest first', () => {
    const { ruleMet, sources } = desk({ maxIdle: 16, address: { rate: '1/h', burst: 1 } });
    for (let i = 0; i < 16; i++) expect(ruleMet(`10.0.${i}.1:1`)).toBeUndefined();
    expect(sources.addressCount).toBe(16);
    for (let i = 0; i < 16; i++) expect(ruleMet(`10.0.${i}.1:1`)).toBe('sources.address.rate');
  });

  test('of who has earned something is not displaced by strangers', () => {
    const { enter, ruleMet } = desk({
      maxIdle: 16,
      address: { connections: 1 },
      earned: { halfLifeMs: 3_600_000 },
    });
    const good = enter();
    good.welcomed(true);
    good.left();
    for (let i = 0; i < 10_000; i++) enter(`10.${i >> 8}.${i & 255}.1:1`).left();
    expect([ruleMet(), ruleMet(), ruleMet()]).toEqual([undefined, undefined, 'sources.address.connections']);
  });

  test('of strangers is kept beside those who have earned something', () => {
    const { enter, ruleMet } = desk({ maxIdle: 16, address: { rate: '1/h', burst: 1 } });
    for (let i = 0; i < 100; i++) {
      const good = enter(`10.0.${i}.1:1`);
      good.welcomed(true);
      good.left();
    }
    enter('203.0.113.9:1').left();
    enter('203.0.113.10:1').left();
    expect(ruleMet('203.0.113.9:1')).toBe('sources.address.rate');
  });
});

test('whatever happens in whatever order, the counts are those of the connections that stand', () => {
  const random = new Random(7);
  const { clock, sources } = desk({ maxIdle: 20, address: { connections: 5, rate: '50/s', burst: 20 } });
  const standing: { visit: SourceVisit; isSecuring: boolean; isGreeting: boolean; address: string }[] = [];
  for (let i = 0; i < 10_000; i++) {
    clock.advance(random.below(20));
    const one = standing.length === 0 ? undefined : random.pick(standing);
    const move = random.below(5);
    if (move < 2 || one === undefined) {
      const address = `10.0.${random.below(60)}.${random.below(2)}`;
      const isSecuring = random.below(2) === 1;
      const answer = sources.enter(`${address}:1`, isSecuring);
      if (answer instanceof SourceVisit)
        standing.push({ visit: answer, isSecuring, isGreeting: true, address });
      else if (answer.rule === 'sources.address.connections')
        expect(standing.filter((each) => each.address === address).length).toBeGreaterThanOrEqual(5);
    } else if (move === 2) {
      one.visit.secured();
      one.isSecuring = false;
    } else if (move === 3) {
      one.visit.welcomed(random.below(2) === 1);
      one.isGreeting = false;
    } else {
      one.visit.left();
      standing.splice(standing.indexOf(one), 1);
    }
    expect(sources.greeting).toBe(standing.filter(({ isGreeting }) => isGreeting).length);
    expect(sources.securing).toBe(standing.filter(({ isSecuring }) => isSecuring).length);
    expect(sources.addressCount).toBeLessThanOrEqual(
      20 + new Set(standing.map(({ address }) => address)).size,
    );
  }
});
