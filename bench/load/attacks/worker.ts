// One attack in a process of its own: the plan is the first argument as JSON; each line on stdin is answered with a
// report; the attack ends with stdin, and in any case after two minutes.
import { createInterface } from 'node:readline';
import type { AttackPlan } from './attack.ts';
import { attackers } from './attackers.ts';

const mostMs = 120_000;
const plan = JSON.parse(process.argv[2] ?? '{}') as AttackPlan;
const attacker = attackers[plan.name];
if (attacker === undefined) throw new Error(`no attack ${plan.name}`);
const attack = attacker.begin(plan);
const end = (): void => {
  attack.stop();
  process.exit(0);
};
setTimeout(end, mostMs);
process.on('SIGINT', () => undefined); // the parent decides
const lines = createInterface({ input: process.stdin });
lines.on('line', () => process.stdout.write(`${JSON.stringify(attack.report)}\n`));
lines.on('close', end);
process.stdout.write('"ready"\n');
