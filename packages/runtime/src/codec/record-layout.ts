// How a kernel's record lies in a lane: fixed words, then what its kind needs, then the body.
//
//   0 length (the lane's)      3-4 to (slot, incarnation)     7 a number of the kind's own (of mail: its
//                                                               layout, 0 for none)
//   1 kind | flags << 8        5-6 from (slot -1 for nobody)
//   2 bytes of the body        8.. [call, budget as floats] [name of the payload] body or its blocks
import type { KernelRecord } from "../kernel/record.ts";

export const KIND_WORD = 1;
export const BODY_BYTES_WORD = 2;
export const TO_WORD = 3;
export const FROM_WORD = 5;
export const OWN_WORD = 7;
export const FIXED_WORDS = 8;
export const CALL_WORDS = 4;

/** The record carries a call number and what is left of its time. */
export const HAS_CALL = 1;
/** The record owns a payload in shared memory. */
export const HAS_PAYLOAD = 2;
/** The body is too large for the lane and lies in blocks, whose names stand in its place. */
export const BODY_IN_BLOCKS = 4;

/** The body is in the flat form. */
export const BODY_IS_FLAT = 8;

export const NOBODY = -1;

export const KIND_CODES = {
  mail: 0,
  reply: 1,
  failure: 2,
  watch: 3,
  unwatch: 4,
  terminated: 5,
  stop: 6,
  spawn: 7,
  spawned: 8,
  moved: 9,
} as const satisfies Record<KernelRecord["kind"], number>;

/** The second word of most mail: no call, no payload, no blocks. */
export const PLAIN_MAIL = KIND_CODES.mail;
export const PLAIN_FLAT_MAIL = KIND_CODES.mail | (BODY_IS_FLAT << 8);

export const STOP_NOW = 0;
export const STOP_DRAIN = 1;
