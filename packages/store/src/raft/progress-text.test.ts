import { expect, test } from "vitest";
import { at, id } from "../../test/raft-fixture.ts";
import { progressText } from "../sim/raft-conformance/text.ts";
import { Progress } from "./progress.ts";

const LIMITS = { inflightMessagesMax: 2, inflightBytesMax: Number.POSITIVE_INFINITY };

/** A peer that stores 1 and gets 3 next. */
function progress(change: (peer: Progress) => void): Progress {
  const peer = new Progress(id(2), at(3), true, LIMITS);
  peer.match = at(1);
  change(peer);
  return peer;
}

const replicating = (appends: number) => (peer: Progress) => {
  peer.becomeReplicate();
  for (let sent = 0; sent < appends; sent++) peer.sentEntries(1, 1);
};

test.each<[string, (peer: Progress) => void]>([
  ["StateProbe match=1 next=3", () => {}],
  ["StateProbe match=1 next=3 paused", (peer) => peer.sentEntries(1, 1)],
  ["StateProbe match=1 next=3 learner", (peer) => Object.assign(peer, { isLearner: true })],
  [
    "StateProbe match=1 next=3 inactive",
    (peer) => Object.assign(peer, { isRecentlyActive: false }),
  ],
  ["StateReplicate match=1 next=2", replicating(0)],
  ["StateReplicate match=1 next=3 inflight=1", replicating(1)],
  ["StateReplicate match=1 next=4 paused inflight=2[full]", replicating(2)],
  ["StateSnapshot match=1 next=10 paused pendingSnap=9", (peer) => peer.becomeSnapshot(at(9))],
  [
    "StateSnapshot match=1 next=10 learner paused pendingSnap=9 inactive",
    (peer) => {
      peer.becomeSnapshot(at(9));
      Object.assign(peer, { isLearner: true, isRecentlyActive: false });
    },
  ],
])("row 102: %s", (text, change) => {
  expect(progressText(progress(change))).toBe(text);
});
