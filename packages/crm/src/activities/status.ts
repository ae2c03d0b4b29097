// When an activity is over. Every other status, those that an administrator adds among them, is one of what is still to be done.

export const CLOSED: ReadonlySet<unknown> = new Set(['done', 'cancelled']);

/** As a filter: activities that are still to be done. */
export const OPEN = `not (status in ('done','cancelled'))`;

/** They take place at their time, whether or not somebody closes them afterwards. */
export const TIMED: ReadonlySet<unknown> = new Set(['meeting', 'call']);
