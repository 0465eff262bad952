/** Laid under a node: SIGUSR2 collects all garbage and says what is left, in a line of the log. Bytes. */
const collector = `
import v8 from 'node:v8';
import vm from 'node:vm';
v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
process.on('SIGUSR2', () => {
  gc();
  setImmediate(() => {
    gc();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const left = { heap: heapUsed, external, arrayBuffers };
    process.stdout.write(JSON.stringify({ level: 20, msg: 'collected', ...left }) + '\\n');
  });
});`;

/** The environment of a node whose memory is measured. */
export const measuredEnv = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(collector)}` };
