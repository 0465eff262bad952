// Programs of the system that some tests talk to: installed where that is possible, else left out with one line.

import { onPath } from './commands.mjs';
import { installPackages, packageManager, typed } from './packages.mjs';
import { Failure, say, yellow } from './say.mjs';

const programs = [
  {
    variable: 'TRIBUTARY_TEST_MOSQUITTO_PUB',
    names: ['mosquitto_pub'],
    packages: ['mosquitto-clients'],
    purpose: 'tests with the Mosquitto client',
  },
  {
    variable: 'TRIBUTARY_TEST_CHROMIUM',
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium', 'fonts-dejavu-core'],
    purpose: 'browser tests of the dashboard',
  },
];

const find = ({ variable, names }) =>
  process.env[variable] ?? names.map((name) => onPath(name)).find((path) => path !== undefined);

/**
 * The environment that names the programs there are.
 * @param areRequired whether a missing one is an error. @throws Failure then
 */
export async function testPrograms({ areRequired }) {
  const manager = packageManager();
  const env = {};
  for (const program of programs) {
    let path = find(program);
    if (path === undefined && manager?.name === 'apt-get' && manager.mayInstall) {
      await installPackages(manager, program.packages);
      path = find(program);
    }
    if (path !== undefined) {
      env[program.variable] = path;
      continue;
    }
    const how = manager?.name === 'apt-get' ? `: ${typed(manager, program.packages)}` : '';
    if (areRequired) throw new Failure(`CI needs ${program.names[0]} for the ${program.purpose}${how}`);
    say(yellow(`Without ${program.names[0]} the ${program.purpose} are skipped${how}`));
  }
  return env;
}
