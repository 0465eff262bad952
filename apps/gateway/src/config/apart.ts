import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ConfigError, type ConfigProblem } from '@tributary/runtime';
import { loadGatewayConfig, type GatewayConfigRequest, type LoadedGatewayConfig } from './config.ts';

/** What the thread says. */
export type WorkerAnswer =
  | { readonly kind: 'loaded'; readonly loaded: LoadedGatewayConfig }
  | { readonly kind: 'refused'; readonly problems: readonly ConfigProblem[] };

/** Smaller files are read in a few milliseconds, sooner than a thread begins. */
const smallBytes = 32 * 1024;
/** Longest work of the thread, ms: a file made to be slow must not keep a core busy for ever. */
const deadlineMs = 20_000;
const maxHeapMb = 512;

/**
 * Reads the configuration of a node that runs: a large file, some hundred milliseconds of work, in a thread of its own, so that no
 * device waits for it. Rejects with ConfigError as `loadGatewayConfig` throws it.
 */
export async function loadApart(
  request: GatewayConfigRequest & { readonly file: string },
): Promise<LoadedGatewayConfig> {
  if (sizeOf(request.file) <= smallBytes) return loadGatewayConfig(request);
  const answer = await ask(request);
  if (answer.kind === 'refused') throw new ConfigError(answer.problems);
  return answer.loaded;
}

function ask(request: GatewayConfigRequest): Promise<WorkerAnswer> {
  const { url } = import.meta;
  const worker = new Worker(new URL(`./worker${extname(fileURLToPath(url))}`, url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  return new Promise<WorkerAnswer>((resolve, reject) => {
    const late = setTimeout(() => reject(tooMuch(request, `took longer than ${deadlineMs} ms`)), deadlineMs);
    worker.once('message', resolve);
    worker.once('error', (error) => reject(tooMuch(request, error.message)));
    worker.once('exit', () => clearTimeout(late));
  }).finally(() => void worker.terminate());
}

function tooMuch({ file }: GatewayConfigRequest, why: string): ConfigError {
  return new ConfigError([{ path: '', message: `${file} cannot be read: ${why}` }]);
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
