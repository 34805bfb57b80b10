// The bounds of a kernel, each with its reason.

/** User mail a mailbox holds before senders get `mailbox-full`: some milliseconds of work, about 1 MiB. */
export const MAILBOX_MESSAGES_MAX = 4_096;

/** What a bound of a mailbox may be at most: it travels as an Int32. */
export const MAILBOX_BOUND_MAX = 0x7fff_ffff;

/** Whether a mailbox may be bounded by this: whoever takes a bound from outside refuses others. */
export function isMailboxBound(messages: number): boolean {
  return Number.isInteger(messages) && messages > 0 && messages <= MAILBOX_BOUND_MAX;
}

/**
 * Own mail (ticks, outcomes, terminations) a life may have queued or still owed to it. Each piece was
 * started by the actor itself, so beyond this it is the actor that is wrong, and it is stopped.
 */
export const OWN_MAIL_MAX = 65_536;

/** Messages an actor handles before the next one's turn: enough to amortise, below 0.1 ms of small work. */
export const SLICE_MESSAGES_MAX = 64;

/** Messages between two looks at the clock: one costs as much as handling a small message. */
export const CLOCK_MESSAGES_MAX = 64;

/**
 * In the three bounds around this a payload counts as one more message for every so many bytes, as a power of
 * two: to copy and to check 256 bytes takes about as long as to handle a small message, and what they bring about
 * is waited for on another thread.
 */
export const MESSAGE_BYTES_LOG2 = 8;

/** Messages of one turn: mail that arrives is seen, and turn ends run, at least this often. */
export const TURN_MESSAGES_MAX = 4_096;

/** Incarnations of a slot: a positive Int32 of the routing table. A slot beyond it is retired. */
export const INCARNATION_MAX = 0x7fff_ffff;

/** A turn is cut after the slice that passes this: a busy thread still looks at its lanes and timers. */
export const TURN_MS_MAX = 2;
