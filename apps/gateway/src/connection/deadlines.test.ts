import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Deadlines, tickMs, Timed } from './deadlines.ts';

let now = 0;
let wheel: Deadlines;

beforeEach(() => {
  now = 1_234_567.75;
  wheel = new Deadlines(() => now);
});

/** Writes down when it was told. */
class Probe extends Timed {
  readonly toldAt: number[] = [];
  readonly #then: (probe: Probe) => void;

  constructor(then: (probe: Probe) => void = () => undefined) {
    super();
    this.#then = then;
  }

  override onDue(nowMs: number): void {
    this.toldAt.push(nowMs);
    this.#then(this);
  }
}

/** Moves the clock in steps, with a tick after each. */
function run(forMs: number, stepMs: number = tickMs): void {
  for (const end = now + forMs; now < end;) {
    now = Math.min(now + stepMs, end);
    wheel.tick();
  }
}

test.each([0, 1, 499, 500, 501, 1500, 90_000, 256_000, 256_500, 5_400_000])(
  'a deadline in %d ms is told once, never early, at the second tick behind it at the latest',
  (inMs) => {
    const probe = new Probe();
    const due = now + inMs;
    wheel.arm(probe, inMs);
    run(inMs + 400_000);
    expect(probe.toldAt).toHaveLength(1);
    expect(probe.toldAt[0]).toBeGreaterThanOrEqual(due);
    expect(probe.toldAt[0]).toBeLessThan(due + 2 * tickMs);
  },
);

test('arming again moves the deadline, later and sooner', () => {
  const [later, sooner] = [new Probe(), new Probe()];
  wheel.arm(later, 1000);
  wheel.arm(sooner, 10_000);
  const start = now;
  wheel.arm(later, 10_000);
  wheel.arm(sooner, 1000);
  run(60_000);
  expect(later.toldAt).toHaveLength(1);
  expect(later.toldAt[0]! - start).toBeGreaterThanOrEqual(10_000);
  expect(sooner.toldAt).toHaveLength(1);
  expect(sooner.toldAt[0]! - start).toBeLessThan(2000);
});

test('what is disarmed is not told, and disarming twice changes nothing for others', () => {
  const [gone, stays] = [new Probe(), new Probe()];
  wheel.arm(gone, 1000);
  wheel.arm(stays, 1000);
  wheel.disarm(gone);
  wheel.disarm(gone);
  run(5000);
  expect(gone.toldAt).toEqual([]);
  expect(stays.toldAt).toHaveLength(1);
});

test('who is told may arm itself again', () => {
  const probe: Probe = new Probe((self) => wheel.arm(self, 1000));
  wheel.arm(probe, 1000);
  run(60_000);
  const gaps = probe.toldAt.slice(1).map((at, i) => at - probe.toldAt[i]!);
  expect(gaps.length).toBeGreaterThan(30);
  expect(gaps.every((gap) => gap >= 1000 && gap <= 2000)).toBe(true);
});

test('who is told may disarm others that are due in the same tick', () => {
  const others = [new Probe(), new Probe()];
  const first = new Probe(() => others.forEach((other) => wheel.disarm(other)));
  wheel.arm(first, 1000);
  for (const other of others) wheel.arm(other, 1000);
  run(5000);
  expect(first.toldAt).toHaveLength(1);
  expect(others.map(({ toldAt }) => toldAt)).toEqual([[], []]);
});

test('who is told may move others that are due in the same tick', () => {
  const other = new Probe();
  const first = new Probe(() => wheel.arm(other, 5000));
  wheel.arm(first, 1000);
  wheel.arm(other, 1000);
  const start = now;
  run(20_000);
  expect(other.toldAt).toHaveLength(1);
  expect(other.toldAt[0]! - start).toBeGreaterThanOrEqual(6000);
});

test('many that take long are told over several turns of the loop, each once, and none that left meanwhile', async () => {
  const probes = Array.from({ length: 20 }, () => new Probe(() => (now += 1)));
  for (const probe of probes) wheel.arm(probe, 1000);
  now += 2000;
  wheel.tick();
  const told = (): number => probes.filter(({ toldAt }) => toldAt.length === 1).length;
  expect(told()).toBe(2);
  wheel.disarm(probes[10]!);
  wheel.arm(probes[11]!, 5000);
  wheel.tick();
  while (told() < 18) await new Promise((resolve) => setImmediate(resolve));
  expect([probes[10]!.toldAt, probes[11]!.toldAt]).toEqual([[], []]);
  run(6000);
  expect(probes.map(({ toldAt }) => toldAt.length)).toEqual(probes.map((_, i) => (i === 10 ? 0 : 1)));
});

test('when stopped nobody is told any more', async () => {
  const probes = Array.from({ length: 20 }, () => new Probe(() => (now += 1)));
  for (const probe of probes) wheel.arm(probe, 1000);
  now += 2000;
  wheel.tick();
  wheel.stop();
  await new Promise((resolve) => setImmediate(resolve));
  expect(probes.filter(({ toldAt }) => toldAt.length > 0)).toHaveLength(2);
});

test.each([1000, 255_999, 256_000, 1_000_000])(
  'after a stall of %d ms everything due is told, nothing else',
  (stallMs) => {
    const probes = Array.from({ length: 1200 }, (_, i) => ({ probe: new Probe(), inMs: i * 1000 }));
    for (const { probe, inMs } of probes) wheel.arm(probe, inMs);
    const start = now;
    now += stallMs;
    wheel.tick();
    for (const { probe, inMs } of probes) {
      // Half a tick this or that way is the wheel's resolution.
      if (inMs <= stallMs - tickMs) expect(probe.toldAt).toEqual([now]);
      if (inMs > stallMs) expect(probe.toldAt).toEqual([]);
    }
    run(1_300_000);
    for (const { probe, inMs } of probes) {
      expect(probe.toldAt).toHaveLength(1);
      expect(probe.toldAt[0]! - start).toBeGreaterThanOrEqual(inMs);
    }
  },
);

test('what is armed when the wheel lags behind the clock is told in time', () => {
  now += 700_000;
  const probe = new Probe();
  wheel.arm(probe, 1000);
  const due = now + 1000;
  run(5000);
  expect(probe.toldAt).toHaveLength(1);
  expect(probe.toldAt[0]! - due).toBeGreaterThanOrEqual(0);
  expect(probe.toldAt[0]! - due).toBeLessThan(2 * tickMs);
});

test('a hundred thousand deadlines, moved and removed at random, are each told as their last move says', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const probes = Array.from({ length: 100_000 }, () => new Probe());
  for (const probe of probes) wheel.arm(probe, random(300_000));
  for (let i = 0; i < 200_000; i++) {
    const probe = probes[random(probes.length)]!;
    if (random(4) === 0) wheel.disarm(probe);
    else wheel.arm(probe, random(300_000));
  }
  const armed = probes.map((probe) => (probe.slot < 0 ? undefined : probe.dueMs));
  run(302_000);
  const wrong = probes.filter(({ toldAt }, i) => {
    const due = armed[i];
    if (due === undefined) return toldAt.length > 0;
    return toldAt.length !== 1 || toldAt[0]! < due || toldAt[0]! >= due + 2 * tickMs;
  });
  expect(wrong).toHaveLength(0);
});

test('after a stall of the process what the sockets have is heard before anybody is told', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  onTestFinished(() => void [client, socket].map((end) => end.destroy()));
  const happened: string[] = [];
  socket.on('data', () => happened.push('heard'));
  const ticking = new Deadlines(() => performance.now(), 10);
  const isTold = new Promise<void>((resolve) =>
    ticking.arm(new Probe(() => resolve(void happened.push('told'))), 40),
  );
  ticking.start();
  onTestFinished(() => ticking.stop());
  client.write('x');
  // Nothing turns meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  await isTold;
  expect(happened).toEqual(['heard', 'told']);
});
