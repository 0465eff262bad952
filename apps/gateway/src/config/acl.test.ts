import { ConfigError } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { loadGatewayConfig } from './config.ts';

function problems(rules: unknown): string[] {
  try {
    loadGatewayConfig({ env: { TRIBUTARY_ACL_RULES: JSON.stringify(rules) } });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}

const allow = (topics: readonly string[], more: object = {}): object => ({
  effect: 'allow',
  topics,
  ...more,
});

test('rules as they are written', () => {
  const who = { user: 'control-*', address: '10.0.0.0/8', claims: { role: 'meter', level: 3, isLit: true } };
  const rules = [
    allow(['#']),
    allow(['a-${clientId}/+/${claim.site}', '$SYS/#'], { action: 'publish', who }),
  ];
  expect(problems(rules)).toEqual([]);
});

test.each([
  [allow(['a#']), '# is not the whole last level'],
  [allow(['+${user}/a']), '+ is not a whole level'],
  [allow(['${clientId}#']), '# is not the whole last level'],
  [allow(['']), 'empty topic filter'],
  [allow(['$share/g/a']), 'no $share'],
  [allow(['a/${client}']), 'unknown placeholder ${client}'],
  [allow(['a/${user']), 'without its end'],
  [allow([]), 'topics'],
  [allow(['a'], { who: { address: '10.0.0.1' } }), 'ADDRESS/LENGTH'],
  [allow(['a'], { who: { class: 'gold' } }), 'class'],
  [allow(['a'], { who: { name: 'x' } }), 'name'],
  [allow(['a'], { action: 'hear' }), 'action'],
  [{ topics: ['a'] }, 'effect'],
])('%j is refused: %s', (rule, why) => {
  expect(problems([rule])).toEqual([expect.stringContaining(why)]);
});

test('more filters than a SUBSCRIBE should be compared with are refused', () => {
  const rules = Array.from({ length: 51 }, () => allow(Array.from({ length: 99 }, (_, i) => `t/${i}`)));
  expect(problems(rules)).toEqual([expect.stringContaining('5000 topic filters')]);
});
