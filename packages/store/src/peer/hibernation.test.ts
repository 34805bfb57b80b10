// When a replica asks for sleep, agrees to it, sleeps and wakes: with a node that says what a test wants it to say.
import type { Peer, PeerId, StoreId } from "@multiraft/pd/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { type MessageType, makeMessage, type RaftNode } from "../raft/index.ts";
import type { RegionMail, SleepWord } from "../transport/region-mail.ts";
import { Hibernation } from "./hibernation.ts";
import type { PeerMail } from "./peer-mail.ts";
import { DEFAULT_TUNING } from "./tuning.ts";

const SELF = 1;
const TUNING = { ...DEFAULT_TUNING, hibernateAfterMs: 500 };
const IDLE_TICKS = TUNING.hibernateAfterMs / TUNING.tickMs;
/** A leader waits so long for answers. */
const ASK_TICKS = (TUNING.electionTicks - TUNING.heartbeatTicks) / 2;

/** What the node, the replica and the group are like. */
type Now = {
  leader: number;
  term: number;
  lastIndex: number;
  isAtRest: boolean;
  isGroupAtRest: boolean;
};

let now: Now;
let others: Peer[];
let sent: string[];
let watches: number[];
let nodeWakes: number;
let woke: number;
let hibernation: Hibernation;

const node = {
  get isLeader() {
    return now.leader === SELF;
  },
  get leader() {
    return now.leader;
  },
  get term() {
    return now.term;
  },
  get lastIndex() {
    return now.lastIndex;
  },
  wake: () => {
    nodeWakes += 1;
  },
} as unknown as RaftNode;

beforeEach(() => {
  now = { leader: SELF, term: 5, lastIndex: 9, isAtRest: true, isGroupAtRest: true };
  others = [2, 3].map((id) => ({ id: id as PeerId, storeId: (10 * id) as StoreId, role: "voter" }));
  sent = [];
  watches = [];
  nodeWakes = 0;
  woke = 0;
});

function set(change: Partial<Now>): void {
  Object.assign(now, change);
}

function begin(ledBy: number, tuning = TUNING): void {
  now.leader = ledBy;
  hibernation = new Hibernation(
    {
      node: () => node,
      others: () => others,
      isAtRest: () => now.isAtRest,
      isGroupAtRest: () => now.isGroupAtRest,
      send: ({ id }, word) => sent.push(`${id} ${textOf(word)}`),
      askToWatch: (sleep) => watches.push(sleep),
      woke: () => {
        woke += 1;
      },
      counted: () => undefined,
    },
    tuning,
  );
}

function textOf(word: SleepWord): string {
  return word.kind === "wake-up"
    ? word.kind
    : `${word.kind} ${word.term} ${word.index} ${word.round}`;
}

/** @returns How many of so many ticks were for the replica. */
function ticks(count: number): number {
  let own = 0;
  for (let tick = 0; tick < count; tick += 1) if (hibernation.tick()) own += 1;
  return own;
}

const head = (from: number) => ({ from, fromStore: 10 * from }) as unknown as RegionMail;
const raft = (type: MessageType, from: number) =>
  ({ ...head(from), kind: "raft", message: makeMessage({ type }) }) as PeerMail;

function agrees(from: number, round: number, of = { term: 5, index: 9 }): void {
  hibernation.onAgreed({ ...head(from), kind: "hibernate-agreed", ...of, round } as never);
  hibernation.turnEnd();
}

/** Led by peer 2, which was heard of lately. */
function follow(): void {
  begin(2);
  hibernation.heardLeader();
}

function asked(round: number, of: object = {}, from = 2): void {
  const question = { kind: "hibernate", term: 5, index: 9, round, ...of };
  hibernation.onHibernate({ ...head(from), ...question } as never);
  hibernation.turnEnd();
}

/** The leader has asked once, and both have agreed. */
function leaderAsleep(): void {
  begin(SELF);
  ticks(IDLE_TICKS);
  agrees(2, 1);
  agrees(3, 1);
  hibernation.onWatched(1);
  sent = [];
}

describe("a leader", () => {
  test("asks when nothing was to do for long enough, and sleeps when all have agreed", () => {
    begin(SELF);
    expect(ticks(IDLE_TICKS - 1)).toBe(IDLE_TICKS - 1);
    expect(sent).toEqual([]);
    expect(ticks(1)).toBe(0);
    expect(sent).toEqual(["2 hibernate 5 9 1", "3 hibernate 5 9 1"]);
    agrees(2, 1);
    expect(hibernation.isAsleep).toBe(false);
    agrees(3, 1);
    expect(hibernation.isAsleep).toBe(true);
    expect(watches).toEqual([1]);
  });

  test("does not where nobody is to sleep", () => {
    begin(SELF, DEFAULT_TUNING);
    expect(ticks(1_000)).toBe(1_000);
    expect(sent).toEqual([]);
  });

  test.each([
    ["something is to do here", () => set({ isAtRest: false }), () => set({ isAtRest: true })],
    ["or in the group", () => set({ isGroupAtRest: false }), () => set({ isGroupAtRest: true })],
    ["a client asks", () => hibernation.onMail({ kind: "get" } as never), () => undefined],
    ["somebody is awake", () => hibernation.onWakeUp(), () => undefined],
  ])("begins to count again when %s", (_what, happens, ends) => {
    begin(SELF);
    ticks(IDLE_TICKS - 1);
    happens();
    hibernation.turnEnd();
    if (!now.isAtRest || !now.isGroupAtRest) ticks(1);
    ends();
    expect(ticks(IDLE_TICKS - 1)).toBe(IDLE_TICKS - 1);
    expect(sent).toEqual([]);
    ticks(1);
    expect(sent).toHaveLength(2);
  });

  test("does not count its own beats as work", () => {
    begin(SELF);
    for (let tick = 0; tick < IDLE_TICKS; tick += 1) {
      hibernation.onMail(raft("MsgHeartbeatResp", 2));
      ticks(1);
    }
    expect(sent).toHaveLength(2);
  });

  test("beats again when not all agree in time, shorter than followers wait", () => {
    begin(SELF);
    ticks(IDLE_TICKS);
    agrees(2, 1);
    expect(ticks(ASK_TICKS)).toBe(0);
    expect(nodeWakes).toBe(0);
    ticks(1);
    expect(nodeWakes).toBe(1);
    expect(TUNING.heartbeatTicks + ASK_TICKS + 1).toBeLessThan(TUNING.electionTicks);
    // And counts from the beginning: it does not ask without end.
    expect(ticks(IDLE_TICKS - 1)).toBe(IDLE_TICKS - 1);
  });

  test("takes no answer to an earlier question, nor one of another state, nor one twice", () => {
    begin(SELF);
    ticks(IDLE_TICKS);
    ticks(ASK_TICKS + 1);
    ticks(IDLE_TICKS);
    agrees(2, 1);
    agrees(3, 1);
    agrees(3, 2, { term: 4, index: 9 });
    agrees(3, 2, { term: 5, index: 8 });
    agrees(2, 2);
    agrees(2, 2);
    expect(hibernation.isAsleep).toBe(false);
    agrees(3, 2);
    expect(hibernation.isAsleep).toBe(true);
  });

  test.each([
    ["stepped down", () => set({ leader: 3 })],
    ["leads another term", () => set({ term: 6 })],
    ["has something to do", () => set({ isAtRest: false })],
  ])("that %s before all have agreed does not sleep", (_what, happens) => {
    begin(SELF);
    ticks(IDLE_TICKS);
    agrees(2, 1);
    happens();
    agrees(3, 1);
    expect(hibernation.isAsleep).toBe(false);
    expect(hibernation.needsTicks).toBe(true);
    expect(nodeWakes).toBe(1);
  });

  test("that is asked for something while it waits does not sleep", () => {
    begin(SELF);
    ticks(IDLE_TICKS);
    hibernation.onMail({ kind: "write" } as never);
    expect(nodeWakes).toBe(1);
    agrees(2, 1);
    agrees(3, 1);
    expect(hibernation.isAsleep).toBe(false);
  });

  test("that is alone sleeps without asking", () => {
    others = [];
    begin(SELF);
    ticks(IDLE_TICKS);
    expect([hibernation.isAsleep, sent]).toEqual([true, []]);
  });
});

describe("a follower", () => {
  test("at rest agrees, and sleeps", () => {
    follow();
    asked(1);
    expect(sent).toEqual(["2 hibernate-agreed 5 9 1"]);
    expect(hibernation.isAsleep).toBe(true);
  });

  test.each([
    ["something is to do", () => set({ isAtRest: false })],
    ["its log ends elsewhere", () => set({ lastIndex: 8 })],
  ])("says that it is awake when %s", (_what, happens) => {
    follow();
    happens();
    asked(1);
    expect([hibernation.isAsleep, sent]).toEqual([false, ["2 wake-up"]]);
  });

  test.each([
    ["of an earlier term", { term: 4 }, 2],
    ["of a later term that it has not heard of", { term: 6 }, 2],
    ["of somebody whom it does not follow", {}, 3],
  ])("is silent to a question %s", (_what, of, from) => {
    follow();
    asked(1, of, from);
    expect([hibernation.isAsleep, sent]).toEqual([false, []]);
  });

  test("takes no question twice, nor one that is late: who asked may have died since (C-35)", () => {
    follow();
    asked(2);
    hibernation.onRoused("silent store");
    hibernation.heardLeader();
    asked(2);
    asked(1);
    expect(hibernation.isAsleep).toBe(false);
    asked(3);
    expect(hibernation.isAsleep).toBe(true);
  });

  test("that was woken does not sleep before it has heard its leader (C-35)", () => {
    follow();
    asked(1);
    hibernation.onRoused("silent store");
    asked(2);
    expect(hibernation.isAsleep).toBe(false);
    hibernation.heardLeader();
    asked(3);
    expect(hibernation.isAsleep).toBe(true);
  });

  test("that sleeps agrees again to a leader that did not hear it", () => {
    follow();
    asked(1);
    asked(2);
    expect(sent).toEqual(["2 hibernate-agreed 5 9 1", "2 hibernate-agreed 5 9 2"]);
    expect(watches).toEqual([1]);
    set({ lastIndex: 8 });
    asked(3);
    expect(hibernation.isAsleep).toBe(false);
  });

  test("that hears no leader says so to the one it knew, and then to all, as a learner could not else", () => {
    begin(2);
    ticks(TUNING.heartbeatTicks);
    expect(sent).toEqual(["2 wake-up"]);
    ticks(TUNING.electionTicks - TUNING.heartbeatTicks);
    expect(sent.slice(-2)).toEqual(["2 wake-up", "3 wake-up"]);
    sent = [];
    for (let beat = 0; beat < 20; beat += 1) {
      hibernation.heardLeader();
      ticks(TUNING.heartbeatTicks);
    }
    expect(sent).toEqual([]);
  });
});

describe("without ticks is", () => {
  test("nobody before the gate watches over this very sleep", () => {
    follow();
    asked(1);
    expect(hibernation.needsTicks).toBe(true);
    hibernation.onWatched(1);
    expect(hibernation.needsTicks).toBe(false);
    hibernation.onRoused("silent store");
    hibernation.heardLeader();
    asked(2);
    hibernation.onWatched(1);
    expect(hibernation.needsTicks).toBe(true);
    expect(ticks(1)).toBe(0);
    expect(watches).toEqual([1, 2, 2]);
  });

  test("nobody over whom none watches in the end", () => {
    follow();
    asked(1);
    ticks(TUNING.electionTicks);
    expect(hibernation.isAsleep).toBe(true);
    ticks(1);
    expect(hibernation.isAsleep).toBe(false);
  });
});

describe("who sleeps is woken", () => {
  const calls: [string, () => void][] = [
    ["by a client", () => hibernation.onMail({ kind: "get" } as never)],
    ["by the driver", () => hibernation.onMail({ kind: "pd-order" } as never)],
    ["by the order to leave", () => hibernation.onMail({ kind: "tombstone-order" } as never)],
    ["by a candidate", () => hibernation.onMail(raft("MsgPreVote", 3))],
    ["by its gate", () => hibernation.onRoused("silent store")],
    ["by another that is awake", () => hibernation.onWakeUp()],
  ];

  test.each(calls)("%s: a follower tells its leader", (_what, call) => {
    follow();
    asked(1);
    hibernation.onWatched(1);
    sent = [];
    call();
    expect([hibernation.isAsleep, nodeWakes, woke]).toEqual([false, 1, 1]);
    expect(sent).toEqual(["2 wake-up"]);
    expect(ticks(1)).toBe(1);
  });

  test.each(calls)("%s: a leader goes on", (_what, call) => {
    leaderAsleep();
    call();
    expect([hibernation.isAsleep, nodeWakes, woke]).toEqual([false, 1, 1]);
    expect(sent).toEqual([]);
    expect(ticks(IDLE_TICKS - 1)).toBe(IDLE_TICKS - 1);
  });

  test("by its leader, who need not be told", () => {
    follow();
    asked(1);
    sent = [];
    hibernation.onMail(raft("MsgHeartbeat", 2));
    expect([hibernation.isAsleep, sent]).toEqual([false, []]);
  });

  test("not by answers to what a leader sent before, nor by who looks on", () => {
    leaderAsleep();
    hibernation.onMail(raft("MsgHeartbeatResp", 2));
    hibernation.onMail(raft("MsgAppResp", 3));
    for (const kind of ["peer-status", "log-durable", "tick", "continue"])
      hibernation.onMail({ kind } as never);
    hibernation.turnEnd();
    expect(hibernation.isAsleep).toBe(true);
    expect(ticks(100)).toBe(0);
  });

  test("by whatever leaves something to do", () => {
    leaderAsleep();
    hibernation.onMail(raft("MsgAppResp", 3));
    set({ isAtRest: false });
    hibernation.turnEnd();
    expect(hibernation.isAsleep).toBe(false);
  });

  test("once: its gate is told again that it is awake", () => {
    leaderAsleep();
    hibernation.onRoused("silent store");
    hibernation.onRoused("silent store");
    expect([nodeWakes, woke]).toEqual([1, 2]);
  });
});

test("the index of a question is the leader's last", () => {
  begin(SELF);
  set({ lastIndex: 12 });
  ticks(IDLE_TICKS);
  expect(sent[0]).toBe("2 hibernate 5 12 1");
});
