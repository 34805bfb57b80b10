// Timestamps that only grow. What a window ends with is durable before anything of the window is
// handed out, and a restart begins at that end: the first timestamp after it is above all before,
// however slow or jumping the clock.
import { assert } from "@multiraft/runtime";
import { LOGICAL_MAX, type Timestamp } from "../protocol/timestamp.ts";

/** How far ahead a durable window reaches: one small write in this time while timestamps are taken. */
export const TIMESTAMP_WINDOW_MS = 5_000;

/** Every timestamp handed out so far has `physicalMs` below `windowEndMs`, which must be durable. */
export type TimestampOracle = { physicalMs: number; logical: number; windowEndMs: number };

/** @param windowEndMs As it was durable last; 0 for the first time. */
export function openTimestamps(windowEndMs: number): TimestampOracle {
  return { physicalMs: windowEndMs, logical: 0, windowEndMs };
}

/**
 * The last of `count` consecutive timestamps. Whole milliseconds are compared, since those are what is
 * handed out. A full millisecond is followed by the next without waiting for the clock.
 * `windowEndMs` may have grown: it is to be durable before the answer.
 */
export function takeTimestamps(tso: TimestampOracle, count: number, wallMs: number): Timestamp {
  assert(count > 0 && count <= LOGICAL_MAX, () => `timestamp count out of range: ${count}`);
  const clockMs = Math.floor(wallMs);
  if (clockMs > tso.physicalMs) moveTo(tso, clockMs);
  if (tso.logical + count > LOGICAL_MAX) moveTo(tso, tso.physicalMs + 1);
  tso.logical += count;
  if (tso.physicalMs >= tso.windowEndMs) tso.windowEndMs = tso.physicalMs + TIMESTAMP_WINDOW_MS;
  return { physicalMs: tso.physicalMs, logical: tso.logical };
}

function moveTo(tso: TimestampOracle, physicalMs: number): void {
  assert(Number.isSafeInteger(physicalMs), () => `no such time: ${physicalMs}`);
  tso.physicalMs = physicalMs;
  tso.logical = 0;
}
