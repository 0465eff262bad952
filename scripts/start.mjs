// npm start: a private Redis, one gateway node and the admin app, until Ctrl-C. docs/architecture.md, section 9.
//
//   TRIBUTARY_REDIS_URL   use this Redis instead of a private one
//   TRIBUTARY_CONFIG      the gateway's config file; default config/examples/minimal.yaml
//   TRIBUTARY_STATE_DIR   where data and logs live; default .tributary
//
// Every other TRIBUTARY_… variable reaches the gateway and the admin app as it is.

import './lib/node-version.mjs';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { addressBook, portAdvice, takenPort } from './lib/addresses.mjs';
import { Child } from './lib/children.mjs';
import { prepare } from './lib/dependencies.mjs';
import { root, stateDir } from './lib/paths.mjs';
import { identify } from './lib/processes.mjs';
import { ensureRedis } from './lib/redis-find.mjs';
import { startRedis } from './lib/redis.mjs';
import { claimDirectory, publish, releaseDirectory } from './lib/run-file.mjs';
import { bold, cyan, dim, Failure, green, red, say, script, yellow } from './lib/say.mjs';
import { untilSignal } from './lib/signals.mjs';

const logs = join(stateDir, 'logs');
const logFile = (name) => join(logs, `${name}.log`);

/** In the order they were started; stopped in the opposite one. */
const children = [];
let isStopping = false;

function keep(child) {
  if (isStopping) {
    child.kill();
    throw new Failure(`Stopped before ${child.name} was started.`);
  }
  children.push(child);
  publish({ children: children.map(({ name, pid }) => ({ name, ...identify(pid) })) });
  return child;
}

async function redisUrl() {
  if (process.env.TRIBUTARY_REDIS_URL) return process.env.TRIBUTARY_REDIS_URL;
  const program = await ensureRedis('any');
  const options = { isDurable: true, logFile: logFile('redis'), onStart: keep };
  return (await startRedis(program, join(stateDir, 'redis'), options)).url;
}

/** Digits and letters that nobody mistakes for one another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 100 random bits, to be typed: `k7m2q-9xw4t-3hz8n-5pv6c`. */
function readablePassword() {
  const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/** The password of the operator `admin`, should this start be the first; the admin itself prints and logs none. */
const ownPassword = process.env.TRIBUTARY_ADMIN_FIRST_PASSWORD?.trim() || undefined;
const firstPassword = ownPassword ?? readablePassword();

/** These two are this script's own; the config file is named on the gateway's command line. */
const { TRIBUTARY_CONFIG: ownConfig, TRIBUTARY_STATE_DIR: _, ...others } = process.env;

/** Rejects when one of those that already run ends. */
const deathOf = (others) =>
  Promise.race(
    others.map(async (child) => {
      throw new Failure(`${await child.ended}. Its last lines:\n${child.lastLines()}`);
    }),
  );

/** Starts an app and waits for its ready line; there is no deadline, because a Redis elsewhere may come later. */
async function startApp(name, args, env, onStart = () => {}) {
  const before = [...children];
  const child = keep(
    new Child(name, process.execPath, [join(root, 'apps', name, 'dist', 'main.js'), ...args], {
      dieWithParent: 'TERM',
      logFile: logFile(name),
      stopMs: 15_000,
      env: { NODE_ENV: 'production', ...others, TRIBUTARY_PARENT_WATCH: String(process.pid), ...env },
    }),
  );
  onStart(child);
  child.showAlarms();
  const ready = await Promise.race([child.untilSays(`${name} ready`), deathOf(before)]);
  if (ready !== undefined) return ready;
  const port = takenPort(child.lately());
  if (port !== undefined)
    throw new Failure(`Port ${port}, which the ${name} wants, is taken.\n${portAdvice[name]}`);
  throw new Failure(`${await child.ended} before it was ready. Its last lines:\n${child.lastLines()}`);
}

function configFile() {
  const here = process.env.INIT_CWD ?? process.cwd();
  return ownConfig ? resolve(here, ownConfig) : join(root, 'config', 'examples', 'minimal.yaml');
}

async function startAll() {
  const url = await redisUrl();
  const gateway = await startApp('gateway', ['--config', configFile()], { TRIBUTARY_REDIS_URL: url });
  const namespace = gateway.namespace === undefined ? {} : { TRIBUTARY_REDIS_NAMESPACE: gateway.namespace };
  const env = { TRIBUTARY_REDIS_URL: url, TRIBUTARY_ADMIN_FIRST_PASSWORD: firstPassword, ...namespace };
  const admin = await startApp('admin', [], env, (child) => {
    void child.untilSays('first operator made').then((entry) => entry !== undefined && noteFirst());
  });
  return {
    redisUrl: url,
    addresses: gateway.addresses,
    dashboard: admin.address,
    namespace: gateway.namespace,
  };
}

let hasFirstOperator = false;
let hasGreeted = false;

/** The admin made the operator `admin`: as a rule before it was ready, later if Redis was away. */
function noteFirst() {
  hasFirstOperator = true;
  if (hasGreeted) sayHowToSignIn();
}

function sayHowToSignIn() {
  const line = (what, value) => say(`  ${dim(what.padEnd(11))} ${value}`);
  if (!hasFirstOperator) {
    line('Sign in', `as before   ${dim('password lost?  npm run reset-password')}`);
    return;
  }
  line('Sign in', `as ${bold('admin')}`);
  const isOwn = ownPassword !== undefined;
  line('Password', isOwn ? 'the one of TRIBUTARY_ADMIN_FIRST_PASSWORD' : bold(yellow(firstPassword)));
  if (!isOwn) line('', dim('Shown this once; choose your own after signing in.'));
}

function greet(run) {
  hasGreeted = true;
  say(`\n${green('●')} ${bold('Tributary runs.')}\n`);
  const [dashboard, ...others] = addressBook(run);
  const show = ([what, where]) => say(`  ${dim(what.padEnd(11))} ${cyan(where)}`);
  show(dashboard);
  sayHowToSignIn();
  others.forEach(show);
  say(`\n  Try, in other terminals:  ${bold('npm run tail')}   and   ${bold('npm run demo')}`);
  say(`  ${dim(`Logs are in ${relative(process.cwd(), logs)}. Ctrl-C stops everything.`)}\n`);
}

async function stopAll() {
  isStopping = true;
  for (const child of children.toReversed()) await child.stop();
}

await script(async () => {
  await prepare();
  const stopAsked = untilSignal(() => children.forEach((child) => child.kill()));
  await claimDirectory();
  try {
    mkdirSync(logs, { recursive: true });
    const run = await Promise.race([startAll(), stopAsked.then(() => undefined)]);
    if (run === undefined) return 0;
    publish(run);
    greet(run);
    const dead = await Promise.race([
      stopAsked.then(() => undefined),
      ...children.map((child) => child.ended.then(() => child)),
    ]);
    if (dead === undefined) return 0;
    say(`${red('✗')} ${await dead.ended}; stopping the rest. Its last lines:\n${dead.lastLines()}`);
    return 1;
  } finally {
    if (children.some((child) => !child.hasEnded)) say(dim('Stopping …'));
    await stopAll();
    releaseDirectory();
  }
});
