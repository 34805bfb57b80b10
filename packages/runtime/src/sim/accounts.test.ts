import { expect, test } from "vitest";
import { MailCounters } from "../routing/mail-counters.ts";
import { assertBalanced } from "./accounts.ts";
import type { ManualHost } from "./manual-host.ts";

/** A host whose mailboxes hold `userQueued`, and what its counters say of them. */
function host(userQueued: number, count: (counters: MailCounters) => void): ManualHost {
  const counters = new MailCounters();
  count(counters);
  return { counters, kernel: { cells: [{ mailbox: { userQueued } }] } } as unknown as ManualHost;
}

const sends = (counters: MailCounters): void => counters.noteSent();
const sendsAway = (counters: MailCounters): void => {
  counters.noteSent();
  counters.noteHandedOver();
};

test("mail in a mailbox, on its way, or dropped, is accounted for", () => {
  const drops = (counters: MailCounters): void => {
    counters.noteSent();
    counters.noteDropped("vacant");
  };
  assertBalanced([host(1, sends), host(0, drops)], 0);
  assertBalanced([host(0, sendsAway)], 1);
});

test("mail that nobody has was lost", () => {
  expect(() => assertBalanced([host(0, sendsAway)], 0)).toThrow("lost or made without");
});

test("mail that nobody sent was made", () => {
  expect(() => assertBalanced([host(1, (counters) => counters.noteArrived())], 0)).toThrow(
    "lost or made without",
  );
});

test("what counts as queued has to lie in that host's mailboxes", () => {
  const both = [host(1, () => undefined), host(0, sends)];
  expect(() => assertBalanced(both, 0)).toThrow("counters and mailboxes differ");
});
