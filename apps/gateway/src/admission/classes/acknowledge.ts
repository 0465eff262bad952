/**
 * When a message of a device is acknowledged. `stored`: Redis has it. `replicated`: so many replicas have it too. `received`: at
 * once, before it is stored, so that it may be lost; never at QoS 2.
 */
export type AcknowledgeLevel = 'received' | 'stored' | 'replicated';
