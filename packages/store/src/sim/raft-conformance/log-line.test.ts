/** The wording of lines that no script brings about: most need what scripts cannot set. */
import { expect, test } from "vitest";
import { at, id, term } from "../../../test/raft-fixture.ts";
import { EMPTY_CONF_STATE, type Snapshot, type TraceEvent } from "../../raft/index.ts";
import { Progress } from "../../raft/progress.ts";
import { logLine } from "./log-line.ts";

const self = { id: id(10), term: term(3) };
const unlimited = { inflightMessagesMax: 9, inflightBytesMax: Number.POSITIVE_INFINITY };
const progress = new Progress(id(11), at(4), false, unlimited);
const joint = { ...EMPTY_CONF_STATE, voters: [id(1)], votersOutgoing: [id(2)], autoLeave: true };
const snapshot: Snapshot = { data: null, index: at(7), term: term(2), confState: joint };
const dropped = { kind: "proposal-dropped", ...self, leader: id(12), transferee: id(0) } as const;

const LINES: readonly (readonly [TraceEvent, string | undefined])[] = [
  [
    { kind: "campaign-refused", ...self, reason: "already-leader" },
    "DEBUG a ignoring MsgHup because already leader",
  ],
  [
    { ...dropped, reason: "forwarding-disabled" },
    "INFO a not forwarding to leader c at term 3; dropping proposal",
  ],
  [
    { ...dropped, reason: "uncommitted-limit" },
    "WARN a appending new entries to log would exceed uncommitted entry size limit; dropping proposal",
  ],
  [{ ...dropped, reason: "not-a-member" }, undefined],
  [
    { kind: "auto-leave", confState: joint, refusal: "transfer-in-progress" },
    "DEBUG not initiating automatic transition out of joint configuration " +
      "voters=(1)&&(2) autoleave: raft proposal dropped",
  ],
  [
    { kind: "unstable-truncated", index: at(5) },
    "INFO truncate the unstable entries before index 5",
  ],
  [
    { kind: "stable-entry-is-snapshot", index: at(5) },
    "INFO entry at index 5 matched unstable snapshot; ignoring",
  ],
  [
    { kind: "snapshot-to-inactive-peer", id: id(10), to: id(11) },
    "DEBUG ignore sending snapshot to b since it is not recently active",
  ],
  [
    { kind: "snapshot-unavailable", id: id(10), to: id(11) },
    "DEBUG a failed to send snapshot to b because snapshot is temporarily unavailable",
  ],
  [
    { kind: "snapshot-succeeded", id: id(10), progress },
    "DEBUG a snapshot succeeded, resumed sending replication messages to b " +
      "[StateProbe match=0 next=4 inactive]",
  ],
  [
    { kind: "snapshot-failed", id: id(10), progress },
    "DEBUG a snapshot failed, resumed sending replication messages to b " +
      "[StateProbe match=0 next=4 inactive]",
  ],
  [
    { kind: "snapshot-without-self", id: id(10), snapshot },
    "WARN a attempted to restore snapshot but it is not in the ConfState Voters:[1] " +
      "VotersOutgoing:[2] Learners:[] LearnersNext:[] AutoLeave:true; should never happen",
  ],
  [
    { kind: "transfer-without-leader", ...self, transferee: id(11) },
    "INFO a no leader at term 3; dropping leader transfer msg",
  ],
  [
    { kind: "read-without-leader", ...self },
    "INFO a no leader at term 3; dropping index reading msg",
  ],
];

test.each(LINES.map(([event, line]) => ({ event, line, kind: event.kind })))(
  "$kind: $line",
  ({ event, line }) => {
    const actual = logLine(event);
    expect(actual && `${actual.level} ${actual.text}`).toBe(line);
  },
);
