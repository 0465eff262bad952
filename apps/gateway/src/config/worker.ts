import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError } from '@tributary/runtime';
import { loadGatewayConfig, type GatewayConfigRequest } from './config.ts';
import type { WorkerAnswer } from './apart.ts';

/** A thread that reads one configuration and ends; see apart.ts. */
function answer(request: GatewayConfigRequest): WorkerAnswer {
  try {
    return { kind: 'loaded', loaded: loadGatewayConfig(request) };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: 'refused', problems: error.problems };
    throw error;
  }
}

parentPort?.postMessage(answer(workerData as GatewayConfigRequest));
