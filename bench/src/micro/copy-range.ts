import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from '../program.ts';

const sizes = [4, 16, 32, 48, 64, 100, 256];
const samples = 9;

/**
 * Where a loop in JavaScript stops being cheaper than Buffer.copy of a part of a buffer: ns per copy by size. The uplink
 * (`putRange`) takes 64.
 */
export function copyRangeBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const rounds = Math.round((options.seconds ?? 2) * 200_000);
  const source = Buffer.alloc(1024, 'x');
  const target = Buffer.alloc(64 * 1024);
  const rows = sizes.map((size) => {
    const loop = time(rounds, (at) => copyByLoop(source, target, at, size));
    const native = time(rounds, (at) => source.copy(target, at, 1, size + 1));
    return [String(size), short(loop), short(native)];
  });
  const markdown = markdownTable(['bytes', 'loop ns', 'Buffer.copy ns'], rows);
  return Promise.resolve({ markdown, data: { rows }, isGood: true });
}

function copyByLoop(source: Buffer, target: Buffer, at: number, size: number): void {
  let i = 0;
  for (; i < size - 3; i += 4) {
    target[at + i] = source[i + 1]!;
    target[at + i + 1] = source[i + 2]!;
    target[at + i + 2] = source[i + 3]!;
    target[at + i + 3] = source[i + 4]!;
  }
  for (; i < size; i++) target[at + i] = source[i + 1]!;
}

function time(rounds: number, copy: (at: number) => void): number {
  const nanos: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const startMs = performance.now();
    for (let i = 0; i < rounds; i++) copy((i & 127) * 256);
    if (sample > 0) nanos.push(((performance.now() - startMs) * 1e6) / rounds);
  }
  return median(nanos);
}
