// One packet must not keep a node busy for long: what a body may hold many of is `quota-exceeded` above these.

/** Filters of one SUBSCRIBE or UNSUBSCRIBE. */
export const maxFilters = 1000;

/** User properties of one packet. */
export const maxUserProperties = 1000;
