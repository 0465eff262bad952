import { expect, test } from 'vitest';
import { classesSchema } from './classes.ts';

const problemsOf = (config: unknown): string[] =>
  classesSchema.safeParse(config).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ??
  [];

test('nothing is raised, everybody is stored before acknowledged, unless it is asked for', () => {
  expect(classesSchema.parse({})).toMatchObject({
    rules: [],
    topics: [],
    acknowledge: { critical: 'stored', standard: 'stored', bulk: 'stored' },
  });
  expect(classesSchema.parse({})).not.toHaveProperty('commands');
});

test.each([
  [{ rules: [{ class: 'bulk' }] }, 'rules.0 must name at least one of'],
  [{ rules: [{ clientId: 'a', class: 'vip' }] }, 'rules.0.class '],
  [{ rules: [{ clientId: '', class: 'bulk' }] }, 'rules.0.clientId '],
  [{ rules: [{ certificate: { cn: 'a' }, class: 'bulk' }] }, 'rules.0.certificate '],
  [{ topics: [{ filter: 'a/#/b', class: 'critical' }] }, 'topics.0.filter must be a topic filter'],
  [{ topics: [{ filter: '$share/g/a', class: 'critical' }] }, 'topics.0.filter must be a topic filter'],
  [{ shares: { bulk: 0 } }, 'shares.bulk '],
  [{ holdMs: 10 }, 'holdMs '],
  [{ flushBytes: 1 }, 'flushBytes '],
  [{ acknowledge: { bulk: 'never' } }, 'acknowledge.bulk '],
  [{ replicas: { count: 0 } }, 'replicas.count '],
])('%j is refused', (config, problem) => {
  expect(problemsOf(config).join('\n')).toContain(problem);
});
