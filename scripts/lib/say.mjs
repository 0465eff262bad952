// What the scripts say to a person.

const isColourful = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (isColourful ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const yellow = paint('33');
export const green = paint('32');
export const cyan = paint('36');

// Whoever read this has gone (`npm start | head`): carry on without a listener rather than fall.
process.stdout.on('error', () => {});

/** One line, or several. */
export const say = (text = '') => void process.stdout.write(`${text}\n`);

/** Something that stops a script: its message is meant for a person and printed without a stack. */
export class Failure extends Error {}

/** Runs a script; a Failure ends it with its message, anything else with its stack. */
export async function script(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${red('✗')} ${error instanceof Failure ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
