// Short ways to say regions, reports and views in tests. "1 2 3? 4!" are replicas on stores 1 to 4,
// with the same numbers as ids: a trailing `l` is a learner, `?` is pending, `!` is down.
import { toAddress } from "@multiraft/runtime";
import { type PdOptions, pdOptions } from "../src/pd-options.ts";
import {
  keyFromText,
  type Peer,
  type Region,
  type RegionHeartbeat,
  type StoreState,
  toPeerId,
  toRegionId,
  toStoreId,
} from "../src/protocol/index.ts";
import { entryOf, type RegionEntry } from "../src/region-tree/region-entry.ts";
import { RegionTree } from "../src/region-tree/region-tree.ts";
import { StoreTable } from "../src/store-table/store-table.ts";
import type { ClusterView } from "../src/view/cluster-view.ts";
import { ExpectedCounts } from "../src/view/expected-counts.ts";

export type ReportOptions = {
  readonly id?: number;
  readonly range?: readonly [start: string, end: string];
  readonly version?: number;
  readonly confVer?: number;
  readonly term?: number;
  readonly peers?: string;
  readonly leader?: number;
  readonly downMs?: number;
  readonly sizeBytes?: number;
};

type SaidPeer = { readonly peer: Peer; readonly isPending: boolean; readonly isDown: boolean };

function sayPeers(text: string): SaidPeer[] {
  return text.split(" ").map((word) => {
    const number = Number.parseInt(word, 10);
    const role = word.includes("l") ? "learner" : "voter";
    const peer: Peer = { id: toPeerId(number), storeId: toStoreId(number), role };
    return { peer, isPending: word.includes("?"), isDown: word.includes("!") };
  });
}

export function report(options: ReportOptions = {}): RegionHeartbeat {
  const said = sayPeers(options.peers ?? "1 2 3");
  const [start, end] = options.range ?? ["", ""];
  const region: Region = {
    id: toRegionId(options.id ?? 1),
    range: { start: keyFromText(start), end: keyFromText(end) },
    epoch: { version: options.version ?? 1, confVer: options.confVer ?? 1 },
    peers: said.map(({ peer }) => peer),
  };
  return {
    kind: "region-heartbeat",
    region,
    leader: toPeerId(options.leader ?? said[0]?.peer.id ?? 1),
    term: options.term ?? 6,
    pendingPeers: said.filter(({ isPending }) => isPending).map(({ peer }) => peer.id),
    downPeers: said
      .filter(({ isDown }) => isDown)
      .map(({ peer }) => ({ peerId: peer.id, downMs: options.downMs ?? 1 })),
    approximateSizeBytes: options.sizeBytes ?? 1_048_576,
    approximateKeys: 1,
    orders: toAddress(region.id, options.term ?? 6),
  };
}

export function entry(options: ReportOptions = {}): RegionEntry {
  return entryOf(report(options), undefined);
}

export type ViewOptions = {
  /** State by store, in the order of their ids from 1 on. */
  readonly stores?: readonly (StoreState | "silent" | "down")[];
  readonly regions?: readonly ReportOptions[];
  readonly options?: Partial<PdOptions>;
};

/** At this time every store has just been heard from, but those said to be silent or down. */
const NOW_MS = 10_000_000;

export function view({ stores, regions, options }: ViewOptions = {}): ClusterView {
  const set = pdOptions(options);
  const table = new StoreTable(0, []);
  for (const [at, state] of (stores ?? ["up", "up", "up", "up"]).entries()) {
    const id = toStoreId(at + 1);
    const quietMs = { silent: set.storeSilentMs, down: set.storeDownMs };
    table.put(id, NOW_MS - (state === "silent" || state === "down" ? quietMs[state] : 0));
    const store = table.byId(id);
    if (store !== undefined && (state === "removing" || state === "removed"))
      table.setState(store, state);
  }
  const tree = new RegionTree();
  for (const region of regions ?? []) tree.report(report(region));
  let lastPeerId = 100;
  return {
    options: set,
    nowMs: NOW_MS,
    regions: tree,
    stores: table,
    expected: new ExpectedCounts(),
    newPeerId: () => {
      lastPeerId += 1;
      return toPeerId(lastPeerId);
    },
  };
}
