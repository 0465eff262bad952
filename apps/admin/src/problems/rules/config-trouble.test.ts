import { expect, test } from 'vitest';
import { factsOf, nodeOf } from '../../testing/facts.ts';
import { configTrouble } from './config-trouble.ts';

const found = (trouble: string, waiting = 0) =>
  configTrouble.find(
    factsOf({ nodes: [nodeOf('gw-1.a', { figures: { config: { trouble, waiting } } as never })] }),
  );

test('a node whose changed file is not in force is an alarm, under its id', () => {
  expect(found('limits.maxPacketBytes must be a whole number')).toEqual([
    {
      subject: 'gw-1',
      severity: 'warning',
      text: 'Node gw-1 runs with its older configuration: limits.maxPacketBytes must be a whole number',
      link: '/nodes/gw-1.a',
      level: 'raise',
    },
  ]);
});

test('one whose keys wait for a restart is none, nor one that says nothing', () => {
  expect(found('', 3)).toEqual([]);
  expect(configTrouble.find(factsOf())).toEqual([]);
});
