import { beforeEach, expect, test } from "vitest";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life, LogRecord } from "../log/record.ts";
import {
  EMPTY_CONF_STATE,
  type LogIndex,
  makeMessage,
  NO_INDEX,
  type PeerId,
  type Term,
} from "../raft/index.ts";
import type { PeerMail } from "./peer-mail.ts";
import { RaftDriver } from "./raft-driver.ts";
import { ReplicaLog } from "./replica-log.ts";
import { DEFAULT_TUNING } from "./tuning.ts";

const ME = 1 as PeerId;

/** A group of one: what it hands to its log is all that a commit needs. */
let appended: { readonly records: readonly LogRecord[]; readonly onDurable: () => void }[];
let settled: number;
let applied: number;
let driver: RaftDriver<PeerMail>;

/** In which term a snapshot was asked for, and whether the node led in it when it was. */
let snapshots: { readonly term: Term; readonly isLed: boolean }[];

beforeEach(() => {
  driver = start([ME], NO_INDEX);
  driver.node.campaign();
  settle();
});

/** @param compacted Up to where the log is gone. */
function start(voters: readonly PeerId[], compacted: LogIndex): RaftDriver<PeerMail> {
  appended = [];
  settled = 0;
  applied = 0;
  snapshots = [];
  const log = {
    append: (records: readonly LogRecord[], onDurable: () => void) =>
      appended.push({ records, onDurable }),
    afterAll: (then: () => void) => then(),
  };
  const confState = { ...EMPTY_CONF_STATE, voters };
  const base = { index: compacted, term: compacted as number as Term };
  const storage = new ReplicaLog({
    hardState: null,
    confState,
    base,
    entries: [],
    snapshotFor: () => ({ ...base, confState, data: null }),
  });
  const made = new RaftDriver<PeerMail>({
    peerId: ME,
    life: 1 as Life,
    storage,
    applied: compacted,
    log: log as unknown as LogHandle<PeerMail>,
    tuning: DEFAULT_TUNING,
    random: () => 0,
    host: {
      send: () => undefined,
      sendSnapshot: (_, term) =>
        snapshots.push({ term, isLed: made.node.isLeader && made.node.term === term }),
      apply: (entries) => {
        applied += entries.length;
      },
      readConfirmed: () => undefined,
      installRecord: () => {
        throw new Error("no snapshot here");
      },
      installed: () => undefined,
      roleChanged: () => undefined,
    },
  });
  return made;
}

/** All that was handed in becomes durable, until nothing more comes of it. */
function settle(): void {
  driver.drive();
  for (let next = appended[settled]; next !== undefined; next = appended[settled]) {
    settled += 1;
    next.onDurable();
    driver.drive();
  }
}
function kinds(): readonly string[] {
  return appended.flatMap(({ records }) => records.map(({ kind }) => kind));
}

test("a term is handed in at once, a mere commit index is not", () => {
  expect(kinds()[0]).toBe("hard-state");
  const before = appended.length;
  const appliedBefore = applied;
  driver.node.propose(new Uint8Array([7]));
  settle();
  expect(applied).toBe(appliedBefore + 1);
  // One append for the entry; its commit, which followed, made none of its own.
  expect(appended.length).toBe(before + 1);
});

test("the commit index goes with the next append", () => {
  driver.node.propose(new Uint8Array([7]));
  settle();
  const committed = driver.node.commitIndex;
  driver.node.propose(new Uint8Array([8]));
  settle();
  const last = appended.at(-1)?.records ?? [];
  expect(last.map(({ kind }) => kind)).toEqual(["hard-state", "entries"]);
  const [first] = last;
  expect(first?.kind === "hard-state" && first.hardState.commit).toBe(committed);
});

test("an idle replica's commit index is recorded with its tick, once", () => {
  driver.node.propose(new Uint8Array([7]));
  settle();
  const before = appended.length;
  driver.recordCommitHint();
  driver.recordCommitHint();
  expect(appended.length).toBe(before + 1);
  const [record] = appended.at(-1)?.records ?? [];
  expect(record?.kind === "hard-state" && record.hardState.commit).toBe(driver.node.commitIndex);
});

test("a newer term that is heard of is no hint", () => {
  const before = appended.length;
  const term = (driver.node.term + 1) as Term;
  driver.step(makeMessage({ type: "MsgHeartbeat", from: 2 as PeerId, to: ME, term }));
  driver.drive();
  const records = appended.slice(before).flatMap((one) => one.records);
  expect(records.map((one) => one.kind === "hard-state" && one.hardState.term)).toEqual([term]);
});

test("a snapshot is asked for in the term in which it was decided, which may be over", () => {
  const [other, one] = [2 as PeerId, 1 as LogIndex];
  driver = start([ME, other], one);
  driver.node.campaign();
  settle();
  const from = { from: other, to: ME };
  const { term } = driver.node;
  driver.step(makeMessage({ type: "MsgPreVoteResp", ...from, term: (term + 1) as Term }));
  settle();
  driver.step(makeMessage({ type: "MsgVoteResp", ...from, term: driver.node.term }));
  settle();
  expect(driver.node.isLeader).toBe(true);
  const led = driver.node.term;
  const lost = makeMessage({ type: "MsgAppResp", ...from, term: led, index: one, reject: true });
  driver.step(lost);
  driver.step(makeMessage({ type: "MsgHeartbeat", ...from, term: (led + 1) as Term }));
  driver.drive();
  expect(snapshots).toEqual([{ term: led, isLed: false }]);
});

test("a commit index that waits for the next append is not handed in", () => {
  driver.node.propose(new Uint8Array(1));
  settle();
  expect(driver.isAllHandedIn).toBe(false);
  driver.recordCommitHint();
  expect(driver.isAllHandedIn).toBe(true);
});
