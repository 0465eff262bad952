import type { ServiceClass } from '@tributary/protocol';
import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { anonymous } from '../../admission/identity.ts';
import type { Session } from '../session.ts';
import { type ChangeCause, Classes, type ClassesConfig } from './classes.ts';

const acknowledge = { critical: 'stored', standard: 'stored', bulk: 'stored' } as const;
const plain: ClassesConfig = { rules: [], topics: [], acknowledge, holdMs: 1000 };

/** A session as far as its class goes. */
function sessionOf(clientId: string, serviceClass: ServiceClass = 'standard'): Session & { load: number } {
  const session = {
    clientId,
    baseClass: serviceClass,
    class: serviceClass,
    raises: undefined,
    identity: anonymous,
    connection: { listener: 'mqtt' },
    isOpen: true,
    load: 0,
    reclass: (next: ServiceClass) => (session.class = next),
    get openDownstream() {
      return { load: session.load };
    },
  };
  return session as unknown as Session & { load: number };
}

class Desk {
  readonly clock = new ManualClock();
  readonly changes: [string, string, string, ChangeCause][] = [];
  readonly shared: boolean[] = [];
  readonly classes: Classes;

  constructor(config: Partial<ClassesConfig> = {}) {
    this.classes = new Classes({
      config: { ...plain, ...config },
      listeners: [],
      deviceClassOf: () => undefined,
      monotonic: () => this.clock.monotonic(),
    });
    this.classes.onChanged.push((session, previous, cause) =>
      this.changes.push([session.clientId, previous, session.class, cause]),
    );
    this.classes.onShared = (isShared) => this.shared.push(isShared);
  }

  begin(...args: Parameters<typeof sessionOf>): ReturnType<typeof sessionOf> {
    const session = sessionOf(...args);
    this.classes.begin(session);
    return session;
  }

  publish(session: Session, topic: string): void {
    this.classes.published(session, Buffer.from(topic), 0, Buffer.byteLength(topic));
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    this.classes.tick();
  }

  sizes(): number[] {
    return this.classes.counts().map(([, count]) => count);
  }
}

test('who publishes an alarm is raised for a while, again and again', () => {
  const desk = new Desk({ topics: [{ filter: '+/alarm', class: 'critical' }] });
  const pump = desk.begin('pump', 'bulk');
  desk.publish(pump, 'pump/data');
  expect(pump.class).toBe('bulk');
  desk.publish(pump, 'pump/alarm');
  expect([pump.class, desk.sizes()]).toEqual(['critical', [1, 0, 0]]);
  desk.pass(900);
  desk.publish(pump, 'pump/alarm');
  desk.pass(900);
  expect(pump.class).toBe('critical');
  desk.pass(100);
  expect([pump.class, desk.sizes()]).toEqual(['bulk', [0, 0, 1]]);
  expect(desk.changes).toEqual([
    ['pump', 'bulk', 'critical', 'topic'],
    ['pump', 'critical', 'bulk', 'over'],
  ]);
  expect([Object.fromEntries(desk.classes.raises()), desk.classes.decays()]).toEqual([
    { topic: 1, command: 0, watched: 0 },
    1,
  ]);
});

test('a device that is as important anyhow is not raised, and nothing is kept of it', () => {
  const desk = new Desk({ topics: [{ filter: '#', class: 'standard' }] });
  const sessions = [desk.begin('a', 'critical'), desk.begin('b')];
  for (const session of sessions) desk.publish(session, 'x');
  expect(sessions.map(({ raises }) => raises)).toEqual([undefined, undefined]);
});

test('a device that has something to answer is raised until it has answered and the hold is over', () => {
  const desk = new Desk({ commands: 'critical' });
  const pump = desk.begin('pump');
  pump.load = 1;
  desk.classes.commanded(pump);
  for (let i = 0; i < 5; i++) desk.pass(800);
  expect(pump.class).toBe('critical');
  pump.load = 0;
  desk.pass(500);
  expect(pump.class).toBe('critical');
  desk.pass(500);
  expect(pump.class).toBe('standard');
});

test('a device is raised while a trace looks at it', () => {
  const desk = new Desk({ watched: 'critical' });
  const pump = desk.begin('pump');
  desk.classes.watchedSessions = () => [pump];
  desk.pass(500);
  expect(pump.class).toBe('critical');
  for (let i = 0; i < 4; i++) desk.pass(800);
  expect(pump.class).toBe('critical');
  desk.classes.watchedSessions = () => [];
  desk.pass(1000);
  expect(pump.class).toBe('standard');
});

test('without rules nothing raises', () => {
  const desk = new Desk();
  const pump = desk.begin('pump');
  desk.classes.watchedSessions = () => [pump];
  desk.classes.commanded(pump);
  desk.pass(500);
  expect([pump.class, desk.classes.hasTopics]).toEqual(['standard', false]);
});

test('it is told when there are several classes, and when there is one again', () => {
  const desk = new Desk();
  const [a, b] = [desk.begin('a'), desk.begin('b', 'bulk')];
  desk.begin('c', 'bulk');
  desk.classes.end(b);
  desk.classes.end(a);
  expect(desk.shared).toEqual([true, false]);
});

test('other rules hold for who is connected; raises by topic stay, those by rules that are gone do not', () => {
  const topics = [{ filter: 'alarm', class: 'critical' }] as const;
  const desk = new Desk({ topics, commands: 'critical' });
  const [a, b, c] = [desk.begin('a'), desk.begin('b'), desk.begin('c')];
  desk.publish(b, 'alarm');
  desk.classes.commanded(c);
  desk.classes.configure({ ...plain, rules: [{ clientId: '*', class: 'bulk' }] }, []);
  expect([a.class, b.class, c.class]).toEqual(['bulk', 'critical', 'bulk']);
  expect(desk.classes.of('bulk')).toEqual(new Set([a, c]));
  desk.pass(1000);
  expect(b.class).toBe('bulk');
  expect(desk.changes.map(([id, , , cause]) => [id, cause])).toEqual([
    ['b', 'topic'],
    ['c', 'command'],
    ['c', 'rules'],
    ['a', 'rules'],
    ['b', 'over'],
  ]);
});

test('other rules hold for a device that was being let in when they came', () => {
  const desk = new Desk();
  const facts = { clientId: 'pump', listener: 'mqtt', identity: anonymous };
  const judged = desk.classes.classOf(facts);
  desk.classes.configure({ ...plain, rules: [{ clientId: '*', class: 'bulk' }] }, []);
  desk.pass(5000);
  const pump = desk.begin('pump', judged);
  expect(pump.class).toBe('bulk');
  expect(desk.sizes()).toEqual([0, 0, 1]);
  expect(desk.changes).toEqual([['pump', 'standard', 'bulk', 'rules']]);
});

test('a session that has ended is in no set, whatever comes late', () => {
  const desk = new Desk({ topics: [{ filter: '#', class: 'critical' }], commands: 'critical' });
  const pump = desk.begin('pump');
  desk.publish(pump, 'x');
  Object.assign(pump, { isOpen: false });
  desk.classes.end(pump);
  desk.classes.commanded(pump);
  desk.pass(5000);
  expect(desk.sizes()).toEqual([0, 0, 0]);
  expect(desk.changes).toHaveLength(1);
});
