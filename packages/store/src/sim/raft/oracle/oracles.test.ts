// Each oracle is shown a forged history in which its promise is broken, and the like of it in which it
// is kept: an oracle that cannot fail watches nothing.
import { describe, expect, test } from "vitest";
import { type Message, makeMessage, type Term } from "../../../raft/index.ts";
import { INVARIANTS, type Invariant, Violation } from "../violation.ts";
import { AppliedSafety } from "./applied-safety.ts";
import { CommitSafety } from "./commit-safety.ts";
import { ElectionSafety } from "./election-safety.ts";
import {
  at,
  type ForgedNode,
  forgeConfState,
  forgeDisk,
  forgeEntry,
  forgeNode,
  peerId,
} from "./forged-views.ts";
import { LogMatching } from "./log-matching.ts";
import { Persistence } from "./persistence.ts";
import { ReadSafety } from "./read-safety.ts";

function message(type: Message["type"], from: number, to: number, term: number, index = 0) {
  const [sender, receiver] = [peerId(from), peerId(to)];
  return makeMessage({ type, from: sender, to: receiver, term: term as Term, index: at(index) });
}

type Case = {
  readonly broken: Invariant;
  readonly what: string;
  /** Throws only when it is told to break the promise. */
  readonly play: (isBroken: boolean) => void;
};

function elections(play: (oracle: ElectionSafety, isBroken: boolean) => void): Case["play"] {
  return (isBroken) => play(new ElectionSafety(), isBroken);
}

/** Commits of leader 1 in term 2, whose first two entries peer 2 stores as well. */
function commits(then: (oracle: CommitSafety, isBroken: boolean) => void): Case["play"] {
  return (isBroken) => {
    const disks = [forgeDisk(2, 0, [1, 2, 2]), forgeDisk(2, 0, [1, 2]), forgeDisk(2, 0, [1])];
    const oracle = new CommitSafety(at(1), (id) => disks[id - 1]);
    oracle.observe(forgeNode({ ...LEADER, commit: 1 }));
    then(oracle, isBroken);
  };
}
const LEADER: ForgedNode = { id: 1, term: 2, role: "leader", log: [1, 2, 2] };

const CASES: readonly Case[] = [
  {
    broken: "one leader a term",
    what: "two peers show themselves as leader",
    play: elections((oracle, isBroken) => {
      oracle.observe(forgeNode({ id: 1, term: 4, role: "leader" }));
      oracle.observe(forgeNode({ id: 2, term: isBroken ? 4 : 5, role: "leader" }));
    }),
  },
  {
    broken: "one leader a term",
    what: "a second peer sends appends of the term",
    play: elections((oracle, isBroken) => {
      oracle.onSent(message("MsgApp", 1, 3, 4));
      oracle.onSent(message("MsgHeartbeat", isBroken ? 2 : 1, 3, 4));
    }),
  },
  {
    broken: "terms and votes never go back",
    what: "a term falls",
    play: elections((oracle, isBroken) => {
      oracle.observe(forgeNode({ term: 4 }));
      oracle.observe(forgeNode({ term: isBroken ? 3 : 4 }));
    }),
  },
  {
    broken: "terms and votes never go back",
    what: "a vote changes within a term",
    play: elections((oracle, isBroken) => {
      oracle.observe(forgeNode({ term: 4, vote: 2 }));
      oracle.observe(forgeNode({ term: isBroken ? 4 : 5, vote: 3 }));
    }),
  },
  {
    broken: "terms and votes never go back",
    what: "a restart forgets the vote",
    play: elections((oracle, isBroken) =>
      oracle.onStarted(forgeNode({ term: 4, vote: isBroken ? 0 : 2 }), forgeDisk(4, 2)),
    ),
  },
  {
    broken: "terms and votes never go back",
    what: "two candidates are granted one vote, with a restart between",
    play: elections((oracle, isBroken) => {
      oracle.onSent(message("MsgVoteResp", 3, 1, 4));
      oracle.onStarted(forgeNode({ id: 3, term: 4 }), forgeDisk(4));
      oracle.onSent(message("MsgVoteResp", 3, isBroken ? 2 : 1, 4));
    }),
  },
  {
    broken: "leaders only append",
    what: "the log of a leader gets shorter",
    play: (isBroken) => {
      const oracle = new LogMatching();
      oracle.observe(forgeNode({ role: "leader", term: 3, log: [1, 3, 3] }));
      oracle.observe(forgeNode({ role: "leader", term: 3, log: isBroken ? [1, 3] : [1, 3, 3, 3] }));
    },
  },
  {
    broken: "leaders only append",
    what: "the last entry of a leader is replaced",
    play: (isBroken) => {
      const oracle = new LogMatching();
      oracle.observe(forgeNode({ role: "leader", term: 3, log: [1, 2] }));
      oracle.observe(forgeNode({ role: "leader", term: 3, log: isBroken ? [1, 3] : [1, 2, 3] }));
    },
  },
  {
    broken: "logs match",
    what: "one place has two entries",
    play: (isBroken) => {
      const oracle = new LogMatching();
      oracle.onWritten(forgeNode({ log: [1, 1] }), [forgeEntry(2, 1, 7)]);
      oracle.onWritten(forgeNode({ id: 2, log: [1, 1] }), [forgeEntry(2, 1, isBroken ? 8 : 7)]);
    },
  },
  {
    broken: "logs match",
    what: "one entry has two pasts",
    play: (isBroken) => {
      const oracle = new LogMatching();
      oracle.onWritten(forgeNode({ log: [1, 3] }), [forgeEntry(2, 3)]);
      oracle.onWritten(forgeNode({ id: 2, log: [isBroken ? 2 : 1, 3] }), [forgeEntry(2, 3)]);
    },
  },
  {
    broken: "logs match",
    what: "entries are written with a gap",
    play: (isBroken) =>
      new LogMatching().onWritten(forgeNode({ log: [1, 1, 1, 1] }), [
        forgeEntry(2, 1),
        forgeEntry(isBroken ? 4 : 3, 1),
      ]),
  },
  {
    broken: "commits are backed by a quorum",
    what: "a leader commits what only its own disk stores",
    play: commits((oracle, isBroken) =>
      oracle.observe(forgeNode({ ...LEADER, commit: isBroken ? 3 : 2 })),
    ),
  },
  {
    broken: "commits are backed by a quorum",
    what: "a leader commits an entry of an older term by counting",
    play: (isBroken) => {
      const oracle = new CommitSafety(at(0), () => forgeDisk(2, 0, [1, 2]));
      oracle.observe(forgeNode({ ...LEADER, commit: 0 }));
      oracle.observe(forgeNode({ ...LEADER, commit: isBroken ? 1 : 2 }));
    },
  },
  {
    broken: "commits are backed by a quorum",
    what: "a follower knows more than any leader",
    play: commits((oracle, isBroken) =>
      oracle.observe(forgeNode({ id: 3, log: [1, 2], commit: isBroken ? 2 : 1 })),
    ),
  },
  {
    broken: "the commit index never falls",
    what: "it falls",
    play: commits((oracle, isBroken) =>
      oracle.observe(forgeNode({ ...LEADER, commit: isBroken ? 0 : 1 })),
    ),
  },
  {
    broken: "one entry an index",
    what: "a follower commits another entry",
    play: commits((oracle, isBroken) => {
      oracle.observe(forgeNode({ ...LEADER, commit: 2 }));
      oracle.observe(forgeNode({ id: 3, term: 3, log: [1, isBroken ? 1 : 2], commit: 2 }));
    }),
  },
  {
    broken: "one entry an index",
    what: "two state machines apply different entries",
    play: (isBroken) => {
      const oracle = new AppliedSafety();
      oracle.onApplied(peerId(1), forgeEntry(4, 2, 1), at(3));
      oracle.onApplied(peerId(2), forgeEntry(4, 2, isBroken ? 9 : 1), at(3));
    },
  },
  {
    broken: "one entry an index",
    what: "a state machine leaves an entry out",
    play: (isBroken) =>
      new AppliedSafety().onApplied(peerId(1), forgeEntry(4, 2), at(isBroken ? 2 : 3)),
  },
  {
    broken: "leaders are complete",
    what: "a later leader lacks what was committed",
    play: commits((oracle, isBroken) => {
      oracle.observe(forgeNode({ ...LEADER, commit: 2 }));
      oracle.onElected(forgeNode({ id: 3, term: 3, role: "leader", log: isBroken ? [1] : [1, 2] }));
    }),
  },
  {
    broken: "leaders are complete",
    what: "a later leader lacks what an old one commits afterwards",
    play: commits((oracle, isBroken) => {
      const later = forgeNode({ id: 3, term: 3, role: "leader", log: isBroken ? [1] : [1, 2] });
      oracle.observe(forgeNode({ ...LEADER, commit: 2 }), () => [later]);
    }),
  },
  {
    broken: "configurations agree",
    what: "peers have different configurations at one index",
    play: (isBroken) => {
      const oracle = new AppliedSafety();
      oracle.onConfigured(peerId(1), at(4), forgeConfState([1, 2]));
      oracle.onConfigured(peerId(2), at(4), forgeConfState(isBroken ? [1, 3] : [1, 2]));
    },
  },
  {
    broken: "configurations agree",
    what: "a peer starts with another configuration than its disk's",
    play: (isBroken) =>
      new AppliedSafety().onStarted(
        forgeNode({ voters: [1, 2] }),
        at(4),
        forgeConfState(isBroken ? [1] : [1, 2]),
      ),
  },
  {
    broken: "only durable entries are applied",
    what: "an entry is handed out that the disk lacks",
    play: (isBroken) =>
      new AppliedSafety().onHandedOut(
        peerId(1),
        [forgeEntry(2, 1)],
        forgeDisk(1, 0, isBroken ? [1] : [1, 1]),
      ),
  },
  {
    broken: "promises follow durability",
    what: "a vote is granted before it is durable",
    play: (isBroken) =>
      new Persistence().onSent(
        message("MsgVoteResp", 3, 1, 4),
        forgeDisk(4, isBroken ? 0 : 1),
        () => undefined,
      ),
  },
  ...[
    { what: "the term", term: 3, vote: 3, log: [4] },
    { what: "the own vote", term: 4, vote: 0, log: [4] },
    { what: "the end of the log", term: 4, vote: 3, log: [3] },
  ].map(({ what, term, vote, log }) => ({
    broken: "promises follow durability" as const,
    what: `votes are asked for before ${what} is durable`,
    play: (isBroken: boolean) =>
      new Persistence().onSent(
        { ...message("MsgVote", 3, 1, 4, 1), logTerm: 4 as Term },
        isBroken ? forgeDisk(term, vote, log) : forgeDisk(4, 3, [4]),
        () => undefined,
      ),
  })),
  {
    broken: "promises follow durability",
    what: "an entry is acknowledged before it is durable",
    play: (isBroken) =>
      new Persistence().onSent(
        message("MsgAppResp", 3, 1, 4, 2),
        forgeDisk(4, 0, isBroken ? [1] : [1, 4]),
        () => 4,
      ),
  },
  {
    broken: "promises follow durability",
    what: "an entry is acknowledged in a term that is not durable",
    play: (isBroken) =>
      new Persistence().onSent(
        message("MsgAppResp", 3, 1, 4, 2),
        forgeDisk(isBroken ? 3 : 4),
        () => undefined,
      ),
  },
  {
    broken: "reads are linearizable",
    what: "a read is served below what was committed when it was asked",
    play: (isBroken) => {
      const oracle = new ReadSafety();
      oracle.onAsked(1, peerId(2), at(7));
      oracle.onAnswered(1, peerId(2), at(isBroken ? 6 : 7));
    },
  },
  {
    broken: "reads are linearizable",
    what: "somebody else gets the answer",
    play: (isBroken) => {
      const oracle = new ReadSafety();
      oracle.onAsked(1, peerId(2), at(7));
      oracle.onAnswered(1, peerId(isBroken ? 3 : 2), at(7));
    },
  },
];

function brokenBy(play: () => void): string | undefined {
  try {
    play();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.invariant;
    throw error;
  }
}

describe.each(CASES.map((each) => [each.broken, each.what, each.play] as const))(
  "%s",
  (broken, what, play) => {
    test(`speaks when ${what}, and not otherwise`, () => {
      expect(brokenBy(() => play(true))).toBe(broken);
      expect(brokenBy(() => play(false))).toBeUndefined();
    });
  },
);

test("every promise that an oracle watches is shown broken", () => {
  // The other two are shown by planted faults: they need a whole group.
  const ofGroups = ["the group goes on when it is left alone", "the core's own assertions hold"];
  const shown = new Set<string>([...CASES.map(({ broken }) => broken), ...ofGroups]);
  expect([...shown].sort()).toEqual([...INVARIANTS].sort());
});
