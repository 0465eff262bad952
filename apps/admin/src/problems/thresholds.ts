/**
 * From where on something is an alarm, each with its reason; docs/operations.md tells the same to operators. Every alarm
 * is closed at a lower figure than it is raised at, so that it does not come and go.
 */
export const thresholds = {
  /** One device in five below 50 is more than bad luck with a few sites; below 20 devices a share says nothing. */
  qualityFleet: { raiseShare: 0.2, keepShare: 0.15, criticalShare: 0.5, leastDevices: 20 },
  /** Lift is a lower bound (95 %): at 2 a group is twice as bad as the rest beyond chance. */
  qualityGroup: { raiseLift: 2, keepLift: 1.5, leastPoorShare: 0.3, most: 3 },
  /**
   * A device whose old socket is still open when it is back takes over itself now and then; four times in ten minutes
   * from two addresses it is two devices, and from one address (a NAT, a proxy) it takes ten to be sure.
   */
  duplicateId: { withinMs: 600_000, takeovers: 4, takeoversOfOneAddress: 10, keep: 2 },
  /** Every ten minutes for an hour; at one device in a hundred, and at least five, it is not about single devices. */
  flapping: { flapsPerHour: 6, leastDevices: 5, share: 0.01 },
  /** At 1,000 messages a second ten seconds behind; or something given out and not done for five minutes. */
  consumerLag: { raiseEntries: 10_000, keepEntries: 5000, raiseOldestMs: 300_000, keepOldestMs: 150_000 },
  /** Nobody of the group has asked for anything for ten minutes while entries wait: it will not come back by itself. */
  groupAbandoned: { idleMs: 600_000 },
  /** Above four fifths of a stream's length there is little time left before entries go unread. */
  streamNearlyFull: { raiseShare: 0.8, keepShare: 0.7, raiseMemoryShare: 0.85, keepMemoryShare: 0.8 },
  /** A tenth of a second is felt in every round trip; half a second is a node that is overloaded or stuck. */
  loopDelay: { raiseMs: 100, keepMs: 50, criticalMs: 500 },
  /** One device that tries each second makes 300 in five minutes; single mistakes stay below. */
  refusedConnects: { withinMs: 300_000, raise: 100, keep: 20 },
  /**
   * Renewal by machine happens with a third of the life left; who is late by half of that has to look. A year's certificate
   * is renewed by hand, for which a month is time. Whichever comes later.
   */
  certificateExpiry: { raise: { days: 30, share: 0.2 }, critical: { days: 3, share: 0.05 } },
} as const;
