// How long a round of the mailbox suite repeats its work, to warm up and again for the clock.

/**
 * A hundred cases in three rounds have to end within a quarter of an hour, and code that runs for a second is
 * compiled: what is short is repeated, what is longer is warm after one time and measured in another.
 */
export const SECONDS_MAX = 1;
