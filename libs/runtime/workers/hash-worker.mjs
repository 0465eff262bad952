// Hashes passwords one after the other, in a thread of its own. Asked with { id, password, salt, bytes, N, r, p }; answers
// { id, hash } or { id, error }.
import { scryptSync } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

// On Linux this is about the calling thread alone: whoever guesses passwords takes what the others leave.
if (process.platform === 'linux') {
  try {
    setPriority(0, 10);
  } catch {
    // Not allowed here: it is a courtesy.
  }
}

parentPort.on('message', ({ id, password, salt, bytes, N, r, p }) => {
  try {
    parentPort.postMessage({ id, hash: scryptSync(password, salt, bytes, { N, r, p, maxmem: 256 * N * r }) });
  } catch (error) {
    parentPort.postMessage({ id, error: error.message });
  }
});
