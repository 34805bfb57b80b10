// Waiting for something to be so: looked at again and again, a bounded number of times. A test that
// waits so is bounded by looks, not by time, and says at the end what it saw last.
import { pause } from "../platform/pause.ts";

export type PollOptions = {
  readonly pollsMax?: number;
  readonly pollMs?: number;
};

/** About a minute on an idle machine; more on a busy one, where it needs more. */
const POLLS_MAX = 6_000;
const POLL_MS = 10;

/** @returns What `look` saw when `holds` was true of it. @throws When it never was. */
export async function settled<Seen>(
  what: string,
  look: () => Promise<Seen>,
  holds: (seen: Seen) => boolean,
  { pollsMax = POLLS_MAX, pollMs = POLL_MS }: PollOptions = {},
): Promise<Seen> {
  for (let poll = 1; ; poll += 1) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (poll >= pollsMax)
      throw new Error(`not after ${pollsMax} looks: ${what}; seen last: ${describe(seen)}`);
    await pause(pollMs);
  }
}

function describe(seen: unknown): string {
  return JSON.stringify(seen, undefined, 1)?.slice(0, 2_000) ?? String(seen);
}
