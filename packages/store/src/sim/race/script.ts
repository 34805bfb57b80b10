// What the other stores and the placement driver say in the founding race, word by word. Region 1 has
// a replica on stores 1, 2 and 3 and is cut at "m"; its child is region 2, whose replica on store 3,
// the store under test, is p. Later the child is moved away from there and put back: p'.
import {
  EMPTY_KEY,
  FIRST_EPOCH,
  keyFromText,
  type Peer,
  type Region,
  type RegionEpoch,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { encodeCommand } from "../../operation/command.ts";
import {
  type Entry,
  type LogIndex,
  type Message,
  type MessageType,
  makeEntry,
  makeMessage,
  type Term,
} from "../../raft/index.ts";
import { confStateOf, FIRST_STATE } from "../../region/first-state.ts";
import { checksumOf } from "../../snapshot/file-jobs.ts";
import { encodePairs } from "../../tablet/pair-block.ts";
import type { Pair, TabletMeta } from "../../tablet/tablet.ts";
import type { RegionMail, RegionMailHead, TransferId } from "../../transport/region-mail.ts";

export const STORE = toStoreId(3);
export const OTHERS = [toStoreId(1), toStoreId(2)] as const;
export const PARENT = toRegionId(1);
export const CHILD = toRegionId(2);
export const P = toPeerId(203);
export const LATER_P = toPeerId(303);

const PARENT_LEADER = toPeerId(101);
const PARENT_FOLLOWER = toPeerId(103);
const CHILD_LEADER = toPeerId(201);
const CUT = keyFromText("m");
const TERM = { parent: 6 as Term, child: 6 as Term, later: 7 as Term } as const;
const SPLIT_INDEX = 8 as LogIndex;
const SPLIT_EPOCH: RegionEpoch = { version: 2, confVer: 1 };
const REMOVED_EPOCH: RegionEpoch = { version: 2, confVer: 2 };
const LATER_EPOCH: RegionEpoch = { version: 2, confVer: 3 };

export const FIRST_REGION: Region = {
  id: PARENT,
  range: WHOLE_RANGE,
  epoch: FIRST_EPOCH,
  peers: [101, 102, 103].map(voter),
};

/** Where the parent ends when it has applied the split. */
export const PARENT_REGION: Region = {
  ...FIRST_REGION,
  range: { start: EMPTY_KEY, end: CUT },
  epoch: SPLIT_EPOCH,
};

const CHILD_REGION: Region = {
  id: CHILD,
  range: { start: CUT, end: EMPTY_KEY },
  epoch: SPLIT_EPOCH,
  peers: [201, 202, 203].map(voter),
};

/** Of p'. */
export const LATER_REGION: Region = {
  ...CHILD_REGION,
  epoch: LATER_EPOCH,
  peers: [voter(201, 0), voter(202, 1), { id: LATER_P, storeId: STORE, role: "learner" }],
};

export const PARENT_PAIRS: readonly Pair[] = [pair("a", "first")];
const CHILD_PAIRS = [pair("n", "first")];
export const LATER_PAIRS: readonly Pair[] = [pair("n", "second"), pair("x", "later")];

/**
 * What the leader offers p: the state that the split leaves, taken before anything was written to the
 * child; or a newer one. The one must be refused once the split has brought the data, the other not.
 */
export const OFFERS = {
  "as the split leaves it": { index: FIRST_STATE.index as LogIndex, pairs: CHILD_PAIRS },
  newer: { index: 7 as LogIndex, pairs: [pair("n", "second")] },
} as const;
export type OfferName = keyof typeof OFFERS;
export const OFFER_NAMES: readonly OfferName[] = ["as the split leaves it", "newer"];

export type Snapshot = {
  readonly head: RegionMailHead;
  readonly transfer: TransferId;
  readonly meta: TabletMeta;
  readonly raftTerm: Term;
  readonly bytes: Uint8Array;
};

export function snapshotForP(offer: OfferName): Snapshot {
  const { index, pairs } = OFFERS[offer];
  const term = index === FIRST_STATE.index ? (FIRST_STATE.term as Term) : TERM.child;
  const meta = metaOf(CHILD_REGION, index, term);
  return {
    head: toP(SPLIT_EPOCH),
    transfer: 1,
    meta,
    raftTerm: TERM.child,
    bytes: encodePairs(pairs),
  };
}

/** @param transfer Offered again under a new number until it is in. */
export function snapshotForLaterP(transfer: TransferId): Snapshot {
  const meta = metaOf(LATER_REGION, 9 as LogIndex, TERM.later);
  const bytes = encodePairs(LATER_PAIRS);
  return { head: toLaterP(), transfer, meta, raftTerm: TERM.later, bytes };
}

export function offerOf({ head, transfer, meta, bytes }: Snapshot): RegionMail {
  const { region, appliedIndex: index, appliedTerm: term } = meta;
  const kind = "snapshot-offer" as const;
  return { ...head, kind, transfer, region, index, term, sizeBytes: bytes.byteLength };
}

export function pieceOf({ head, transfer, bytes }: Snapshot): RegionMail {
  const place = { sequence: 0, file: "", offsetBytes: 0, checksum: checksumOf(bytes) };
  return { ...head, kind: "snapshot-chunk", transfer, ...place, isPairs: true };
}

export function endOf({ head, transfer, meta, raftTerm }: Snapshot): RegionMail {
  return { ...head, kind: "snapshot-end", transfer, meta, format: "pairs", chunks: 1, raftTerm };
}

/** Two writes, and the split, which nobody has said is committed. */
export function parentEntries(): RegionMail {
  const write = (text: string, at: number) =>
    entry(at, {
      kind: "write",
      version: 1,
      writes: [{ kind: "put", ...pair(text, "first") }],
    });
  const cuts = [{ key: CUT, regionId: CHILD, peerIds: CHILD_REGION.peers.map(({ id }) => id) }];
  const split = entry(SPLIT_INDEX, { kind: "split", epoch: FIRST_EPOCH, cuts });
  return toParent("MsgApp", {
    index: FIRST_STATE.index as LogIndex,
    logTerm: FIRST_STATE.term as Term,
    entries: [write("a", 6), write("n", 7), split],
    commit: (SPLIT_INDEX - 1) as LogIndex,
  });
}

export function splitCommitted(): RegionMail {
  return toParent("MsgHeartbeat", { commit: SPLIT_INDEX });
}

export function voteForChild(): RegionMail {
  const { index, term: logTerm } = FIRST_STATE;
  const asked = { index: index as LogIndex, logTerm: logTerm as Term };
  return raftMail(toP(SPLIT_EPOCH), "MsgVote", TERM.child, asked);
}

export function tombstoneOrder(): RegionMail {
  return { ...toP(REMOVED_EPOCH), kind: "tombstone-order" };
}

export function heartbeatForLaterP(): RegionMail {
  return raftMail(toLaterP(), "MsgHeartbeat", TERM.later, {});
}

function toParent(type: MessageType, fields: Partial<Message>): RegionMail {
  const head = headOf(PARENT, PARENT_LEADER, PARENT_FOLLOWER, FIRST_EPOCH);
  return raftMail(head, type, TERM.parent, fields);
}

function toP(epoch: RegionEpoch): RegionMailHead {
  return headOf(CHILD, CHILD_LEADER, P, epoch);
}

function toLaterP(): RegionMailHead {
  return headOf(CHILD, CHILD_LEADER, LATER_P, LATER_EPOCH);
}

function headOf(
  regionId: Region["id"],
  from: Peer["id"],
  to: Peer["id"],
  epoch: RegionEpoch,
): RegionMailHead {
  return { regionId, fromStore: OTHERS[0], toStore: STORE, from, to, epoch };
}

function raftMail(
  head: RegionMailHead,
  type: MessageType,
  term: Term,
  fields: Partial<Message>,
): RegionMail {
  const { from, to } = head;
  return { ...head, kind: "raft", message: makeMessage({ type, from, to, term, ...fields }) };
}

function entry(index: number, command: Parameters<typeof encodeCommand>[0]): Entry {
  return makeEntry(TERM.parent, index as LogIndex, "normal", encodeCommand(command));
}

function metaOf(region: Region, appliedIndex: LogIndex, appliedTerm: Term): TabletMeta {
  const confState = confStateOf(region);
  return { region, appliedIndex, appliedTerm, confState, removedPeers: [], isUntrimmed: false };
}

function voter(id: number, n: number): Peer {
  return { id: toPeerId(id), storeId: toStoreId(n + 1), role: "voter" };
}

function pair(key: string, value: string): Pair {
  return { key: keyFromText(key), value: new Uint8Array(Buffer.from(value)) };
}
