import type { Group, NodeView } from '@tributary/protocol/admin-api';
import type { QualityFigures } from '../fleet/quality-figures.ts';
import type { CertificateState } from '../http/own-certificate.ts';
import type { GroupTotal } from '../streams/group-totals.ts';
import type { DuplicateId } from './takeovers.ts';

/** What the rules look at: one moment of everything this process knows. */
export interface Facts {
  /** Unix ms. */
  now: number;
  redis: 'connecting' | 'up' | 'down';
  nodes: readonly NodeView[];
  quality: QualityFigures;
  /** Groups of devices that are worse than the rest, worst first. */
  groups: readonly Group[];
  duplicates: readonly DuplicateId[];
  /** Connected devices, and those of them that reconnect over and over. */
  connected: number;
  flapping: number;
  /** Connects turned away within the last five minutes, by reason. */
  refused: ReadonlyMap<string, number>;
  /** Consumer groups over all partitions. */
  consumers: readonly GroupTotal[];
  /** For each of them how far it is behind in the partition where it is furthest behind. */
  furthest: ReadonlyMap<string, { partition: number; lag: number }>;
  /** Entries at which streams drop the oldest; null when no node says. */
  streamMaxLength: number | null;
  /** Of this admin itself; null where it does not do TLS. */
  ownCertificate: CertificateState | null;
  /** Share of Redis' memory limit that is used, 0 to 1; null without a limit. */
  memoryShare: number | null;
}
