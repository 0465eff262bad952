// A process of fleets: commands as JSON lines on stdin, answers on stdout (see commands.ts). Ends when stdin does, so
// it never outlives its parent, and each fleet ends itself after its `maxSeconds`.
import { createInterface } from 'node:readline';
import type { FleetAnswer, FleetCommand } from './commands.ts';
import { Fleet } from './fleet.ts';

const fleets = new Map<string, Fleet>();

async function obey(command: FleetCommand): Promise<unknown> {
  if (command.do === 'create') {
    if (fleets.has(command.fleet)) throw new Error(`fleet ${command.fleet} exists`);
    fleets.set(command.fleet, new Fleet(command.plan));
    return undefined;
  }
  const fleet = fleets.get(command.fleet);
  if (fleet === undefined) throw new Error(`no fleet ${command.fleet}`);
  switch (command.do) {
    case 'connect':
      return fleet.connect(command);
    case 'start':
      return fleet.start(command.pattern);
    case 'pause':
      return fleet.pause();
    case 'settle':
      return fleet.settle(command.timeoutMs);
    case 'report':
      return fleet.report();
    case 'latency':
      return fleet.latencyRecord();
    case 'reset-latency':
      return fleet.resetLatency();
    case 'ledger':
      return fleet.ledger();
    case 'heard':
      return fleet.heard(command.last);
    case 'end':
      fleets.delete(command.fleet);
      return fleet.end(command);
  }
}

async function answer(line: string): Promise<void> {
  const command = JSON.parse(line) as FleetCommand;
  let said: FleetAnswer;
  try {
    said = { id: command.id, result: await obey(command) };
  } catch (error) {
    said = { id: command.id, error: (error as Error).message };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the parent decides
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void answer(line));
lines.on('close', () => process.exit(0));
