import type { FigureSource, LinkFigures } from '@tributary/protocol';
import type { KernelFigures } from './kernel-figures.ts';
import type { Probes } from './probes.ts';

/** A ping so much longer than the kernel's round trip is answered from further away than the kernel sees. */
const hiddenHopMs = 50;

/**
 * Who speaks for the round trip. The kernel sees every acknowledgement and no thinking of the device, so it leads where
 * it sees the device itself; behind a proxy it does not, nor where pings take far longer than it says.
 */
export function leadOf(
  { rttMs: kernelMs }: KernelFigures,
  { pings, pubAcks }: Probes,
): FigureSource | undefined {
  if (kernelMs >= 0) {
    const isHidden = (pings?.samples ?? 0) >= 3 && pings!.leastMs > 2 * kernelMs + hiddenHopMs;
    return isHidden ? 'ws-ping' : 'tcp';
  }
  if (pings !== undefined) return 'ws-ping';
  return pubAcks === undefined ? undefined : 'puback';
}

/** Puts the round trip and the jitter of `lead` into `figures`. */
export function fillRoundTrip(
  figures: LinkFigures,
  lead: FigureSource,
  kernel: KernelFigures,
  { pings, pubAcks }: Probes,
): void {
  const source = lead === 'tcp' ? kernel : lead === 'ws-ping' ? pings! : pubAcks!;
  figures.rttMs = source.rttMs;
  figures.sources.rtt = lead;
  figures.samples = source.samples;
  // A device that thinks before it answers is not a link that jitters.
  if (source.jitterMs < 0 || lead === 'puback') return;
  figures.jitterMs = source.jitterMs;
  figures.sources.jitter = lead;
}
