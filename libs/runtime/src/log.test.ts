import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './log.ts';

function logTo(options: Omit<LoggerOptions, 'destination'>) {
  const lines: string[] = [];
  const logger = createLogger({ ...options, destination: { write: (line) => lines.push(line) } });
  return { logger, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

test('writes one JSON object a line, with the time in Unix ms and no pid or host name', () => {
  const { logger, parsed } = logTo({ level: 'info', name: 'gateway' });
  logger.info({ device: 'd1' }, 'connected');
  expect(parsed()).toEqual([
    { level: 30, time: expect.any(Number), name: 'gateway', device: 'd1', msg: 'connected' },
  ]);
});

test('leaves out what is below the level', () => {
  const { logger, lines } = logTo({ level: 'warn' });
  logger.info('hidden');
  logger.warn('shown');
  expect(lines).toHaveLength(1);
});

test('never writes passwords, tokens, or the arguments of a command that failed', () => {
  const { logger, lines } = logTo({ level: 'info' });
  const err = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['hunter2'] } });
  logger.error(
    { err, password: 'hunter2', redis: { password: 'hunter2' }, a: { b: { token: 'hunter2' } } },
    'refused',
  );
  expect(lines.join()).not.toContain('hunter2');
  expect(lines.join()).toContain('WRONGPASS');
});

test('writes an error with its stack and its cause', () => {
  const { logger, parsed } = logTo({ level: 'info' });
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  expect(JSON.stringify(parsed()[0]?.err)).toMatch(/outer.*inner/s);
});
