import type { MeasuredLink } from '../quality/measured-link.ts';

/** A link that is as the test says. */
export class FakeLink implements MeasuredLink {
  descriptor = 7;
  isBehindProxy = false;
  activity = 0;
  isPaused = false;
  keepAliveMs = 60_000;
  pendingBytes = 0;
  takenBytes = 0;
  heardMs = 0;
  messages = 0;
  canPing = false;
  silenceMs = 0;
  stalledMs = 0;
  /** Tokens of the pings sent. */
  readonly pings: number[] = [];

  takeSilenceMs(): number {
    return this.silenceMs;
  }
  takeStalledMs(): number {
    return this.stalledMs;
  }
  ping(token: number): void {
    this.pings.push(token);
  }
}
