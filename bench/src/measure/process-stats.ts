import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second (USER_HZ) for every process it shows to programs. */
const microsecondsPerTick = 10_000;
const pageBytes = 4096;

/**
 * CPU time that a process and its threads have used so far, user and system, in microseconds (to 10 ms).
 *
 * @throws Error on a machine without /proc, or when the process is gone.
 */
export function cpuMicroseconds(pid: number): number {
  const fields = afterName(pid);
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}

/** Resident memory of a process in bytes. */
export function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes;
}

/** The most resident memory a process has had since it began, in bytes. */
export function peakRssBytes(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

// The fields of /proc/PID/stat from the third on; the second is the name and may hold spaces.
function afterName(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
