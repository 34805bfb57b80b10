// Waiting until no mail is under way, and the balance of the counters then.
import { setTimeout as sleep } from "node:timers/promises";
import type { ActorSystem, MailTotals } from "@multiraft/runtime";

const LOOK_MS = 10;
/** A handler may be about to send what the look before did not see. */
const RESTING_LOOKS = 3;
/** A quarter of a minute in which no thread handles anything: what is in flight then does not arrive. */
const STUCK_LOOKS = 1_500;
/** Minutes: a busy machine is no violation. */
const LOOKS_MAX = 12_000;

/** @returns The counters at rest, or as seen last when they never came to it. */
export async function comeToRest(system: ActorSystem, signal: AbortSignal): Promise<MailTotals> {
  let still = 0;
  let before = system.counters();
  for (let look = 1; ; look += 1) {
    signal.throwIfAborted();
    const totals = system.counters();
    still = isSame(before, totals) ? still + 1 : 0;
    before = totals;
    const isResting = totals.inFlight === 0 && still >= RESTING_LOOKS;
    if (isResting || still >= STUCK_LOOKS || look >= LOOKS_MAX) return totals;
    await sleep(LOOK_MS);
  }
}

function isSame(a: MailTotals, b: MailTotals): boolean {
  return a.sent === b.sent && a.delivered === b.delivered && droppedOf(a) === droppedOf(b);
}

export function droppedOf({ dropped }: MailTotals): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** What is wrong with counters at rest; undefined: they balance. */
export function imbalance(totals: MailTotals): string | undefined {
  const { sent, delivered, inFlight } = totals;
  const dropped = droppedOf(totals);
  if (inFlight !== 0) return `${inFlight} messages are in flight and do not arrive`;
  if (sent === delivered + dropped) return undefined;
  return `${sent} sent, but ${delivered} delivered and ${dropped} dropped`;
}

/** So many of `reason` since `before`. */
export function dropsSince(
  before: MailTotals,
  after: MailTotals,
): Readonly<Record<string, number>> {
  const since = Object.entries(after.dropped).map(
    ([reason, count]) => [reason, count - (before.dropped[reason as never] ?? 0)] as const,
  );
  return Object.fromEntries(since.filter(([, count]) => count !== 0));
}
