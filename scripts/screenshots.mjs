// npm run screenshots: pictures of the main pages, dark and light, with the demo fleet behind them.
//
//   npm run screenshots -- [--minutes N] [--out DIR] [page …]
//
//   --minutes N   how long the fleet runs before; default 5
//   --out DIR     default docs/images
//   page          only these: fleet devices device problems streams nodes audit

import './lib/node-version.mjs';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepare } from './lib/dependencies.mjs';
import { Exhibit } from './lib/exhibit.mjs';
import { Gallery, pictures } from './lib/gallery.mjs';
import { root } from './lib/paths.mjs';
import { dim, Failure, say, script } from './lib/say.mjs';
import { untilSignal } from './lib/signals.mjs';
import { find } from './lib/test-programs.mjs';

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, out: { type: 'string' } },
  allowPositionals: true,
});
const here = process.env.INIT_CWD ?? process.cwd();
const out = values.out === undefined ? join(root, 'docs', 'images') : resolve(here, values.out);
const minutes = Number(values.minutes);

async function chromium() {
  const found = await find({
    variables: { TRIBUTARY_TEST_CHROMIUM: ['chromium', 'chromium-browser', 'google-chrome'] },
  });
  const path = found?.TRIBUTARY_TEST_CHROMIUM;
  if (path === undefined || !existsSync(path)) throw new Failure('There is no chromium on the PATH.');
  return path;
}

function chosen() {
  const unknown = positionals.find((name) => !pictures.some((picture) => picture.name === name));
  if (unknown !== undefined)
    throw new Failure(`No picture ${unknown}; there are ${pictures.map(({ name }) => name).join(', ')}`);
  return pictures.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
}

await script(async () => {
  if (!(minutes > 0)) throw new Failure(`--minutes must be a number above 0, not ${values.minutes}`);
  const wanted = chosen();
  const path = await chromium();
  await prepare();
  const exhibit = new Exhibit();
  const stopAsked = untilSignal();
  let gallery;
  try {
    await exhibit.start();
    say(
      dim(`${exhibit.address} as admin, password ${exhibit.password}. The fleet runs for ${minutes} min …`),
    );
    const end = await Promise.race([sleep(minutes * 60_000), stopAsked, exhibit.brokenBy]);
    if (typeof end === 'string') return 1;
    if (end !== undefined) throw new Failure(`${await end.ended}.\n${end.lastLines()}`);
    mkdirSync(out, { recursive: true });
    gallery = await Gallery.open(path, exhibit);
    for (const picture of wanted) {
      for (const file of await gallery.take(picture, out)) say(file);
    }
    return 0;
  } finally {
    await gallery?.close();
    await exhibit.stop();
  }
});
