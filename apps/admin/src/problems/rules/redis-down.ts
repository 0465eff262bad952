import type { AlarmRule } from '../rule.ts';

/** Nothing is stored while Redis is away, and nothing here is news. A blink is none. */
export const redisDown: AlarmRule = {
  kind: 'redis-down',
  raiseAfter: 2,
  closeAfter: 2,
  find: ({ redis }) =>
    redis === 'down'
      ? [
          {
            subject: 'redis',
            severity: 'critical',
            text: 'Redis does not answer: all figures are as of its last reply',
            link: '/streams',
            level: 'raise',
          },
        ]
      : [],
};
