// Programs of the system that some tests talk to: installed where that is possible, else left out with one line.

import { onPath, run } from './commands.mjs';
import { installPackages, packageManager, typed } from './packages.mjs';
import { Failure, say, yellow } from './say.mjs';

/**
 * What a group of tests needs: `variables`, each with the names its program goes by; the Debian `packages` that bring
 * them; `proof`, arguments with which every one of them must end well (a program alone may not be all that is needed).
 */
const needs = [
  {
    name: 'mosquitto_pub and mosquitto_sub',
    variables: {
      TRIBUTARY_TEST_MOSQUITTO_PUB: ['mosquitto_pub'],
      TRIBUTARY_TEST_MOSQUITTO_SUB: ['mosquitto_sub'],
    },
    packages: ['mosquitto-clients'],
    purpose: 'tests with the Mosquitto clients',
  },
  {
    name: 'python3 with paho-mqtt',
    // The distribution's Python has the distribution's modules, whatever stands before it on the PATH.
    variables: { TRIBUTARY_TEST_PYTHON: ['python3', '/usr/bin/python3'] },
    proof: ['-c', 'import paho.mqtt.client'],
    packages: ['python3', 'python3-paho-mqtt'],
    purpose: 'tests with the Paho client',
  },
  {
    name: 'chromium',
    variables: { TRIBUTARY_TEST_CHROMIUM: ['chromium', 'chromium-browser', 'google-chrome'] },
    packages: ['chromium', 'fonts-dejavu-core'],
    purpose: 'browser tests of the dashboard',
  },
];

/** The first of these programs that is there and stands the proof, or undefined. */
async function firstOf(names, proof) {
  for (const name of names) {
    const path = name.startsWith('/') ? name : onPath(name);
    if (path === undefined) continue;
    if (proof === undefined || (await run(path, proof, { ms: 20_000 })).code === 0) return path;
  }
  return undefined;
}

/** The environment that names a need's programs, or undefined when one of them is missing. */
export async function find({ variables, proof }) {
  const env = {};
  for (const [variable, names] of Object.entries(variables)) {
    const path = process.env[variable] ?? (await firstOf(names, proof));
    if (path === undefined) return undefined;
    env[variable] = path;
  }
  return env;
}

/**
 * The environment that names the programs there are.
 * @param areRequired whether a missing one is an error. @throws Failure then
 */
export async function testPrograms({ areRequired }) {
  const manager = packageManager();
  const env = {};
  for (const need of needs) {
    let found = await find(need);
    if (found === undefined && manager?.name === 'apt-get' && manager.mayInstall) {
      await installPackages(manager, need.packages);
      found = await find(need);
    }
    if (found !== undefined) {
      Object.assign(env, found);
      continue;
    }
    const how = manager?.name === 'apt-get' ? `: ${typed(manager, need.packages)}` : '';
    if (areRequired) throw new Failure(`CI needs ${need.name} for the ${need.purpose}${how}`);
    say(yellow(`Without ${need.name} the ${need.purpose} are skipped${how}`));
  }
  return env;
}
