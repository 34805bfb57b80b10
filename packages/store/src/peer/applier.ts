// Applies committed entries to the tablet, in order. Every replica decides the same from its own
// applied state, refusals included; the applied index grows with each entry, also with a refused one.

import { type Key, type Region, rangeContains, sameEpoch } from "@multiraft/pd/protocol";
import { assert, unreachable } from "@multiraft/runtime";
import { type Command, type CompareAndSwap, decodeCommand } from "../operation/command.ts";
import {
  type ConfState,
  confChangeOf,
  type Entry,
  type LogIndex,
  type RaftNode,
} from "../raft/index.ts";
import {
  applyMembership,
  type MembershipChange,
  type RemovedPeer,
  refuseMembership,
} from "../region/membership.ts";
import { refuseSplit, type SplitCut, splitRegion } from "../region/split.ts";
import type { Tablet, TabletMeta, Write } from "../tablet/tablet.ts";
import type { ClientReply } from "./client-request.ts";

/** What applying led to, told in order. */
export type ApplierEvents = {
  readonly answered: (entry: Entry, reply: ClientReply) => void;
  readonly split: (index: LogIndex, children: readonly Region[]) => void;
  readonly membershipChanged: (change: MembershipChange) => void;
};

export class Applier {
  readonly #tablet: Tablet;
  readonly #node: Pick<RaftNode, "applyConfChange">;
  readonly #events: ApplierEvents;
  /** Gathered over the entries of one call; they reach the buffer together, or when one asks for data. */
  #writes: Write[] = [];

  constructor(tablet: Tablet, node: Pick<RaftNode, "applyConfChange">, events: ApplierEvents) {
    this.#tablet = tablet;
    this.#node = node;
    this.#events = events;
  }

  apply(entries: readonly Entry[]): void {
    let meta = this.#tablet.meta;
    const answers: { readonly entry: Entry; readonly reply: ClientReply }[] = [];
    for (const entry of entries) {
      assert(entry.index === meta.appliedIndex + 1, "entries are applied out of order");
      const applied = { ...meta, appliedIndex: entry.index, appliedTerm: entry.term };
      const result = this.#applyEntry(entry, applied, meta);
      meta = result.meta;
      answers.push({ entry, reply: result.reply });
    }
    this.#bufferWrites(meta);
    for (const { entry, reply } of answers) this.#events.answered(entry, reply);
  }

  #bufferWrites(meta: TabletMeta): void {
    this.#tablet.apply(this.#writes, meta);
    this.#writes = [];
  }

  /** @param before As the entries before this one have left it. */
  #applyEntry(entry: Entry, meta: TabletMeta, before: TabletMeta): Applied {
    const change = confChangeOf(entry);
    if (change !== undefined) {
      assert(change.context !== null, "a change of membership without its command");
      const command = decodeCommand(change.context);
      assert(command.kind === "membership", "a change of membership of another kind");
      return this.#applyMembership(command, meta, () => this.#node.applyConfChange(change));
    }
    if (entry.data === null) return { meta, reply: WRITTEN };
    const command = decodeCommand(entry.data);
    if (command.kind !== "compare-and-swap") return this.#applyCommand(command, meta);
    if (this.#writes.length > 0) this.#bufferWrites(before);
    return this.#applySwap(command, meta);
  }

  #applyCommand(
    command: Exclude<Command, { kind: "compare-and-swap" }>,
    meta: TabletMeta,
  ): Applied {
    switch (command.kind) {
      case "write":
        return this.#applyWrite(command.version, command.writes, meta);
      case "split":
        return this.#applySplit(command, meta);
      case "confirm-removed": {
        const gone = new Set(command.peerIds);
        const removedPeers = meta.removedPeers.filter(({ peerId }) => !gone.has(peerId));
        return { meta: { ...meta, removedPeers }, reply: WRITTEN };
      }
      case "membership":
        throw new RangeError("a membership command outside of a change of configuration");
      default:
        return unreachable(command);
    }
  }

  #applyWrite(version: number, writes: readonly Write[], meta: TabletMeta): Applied {
    const refusal = refuseWrite(meta.region, version, writes);
    if (refusal !== undefined) return { meta, reply: refusal };
    for (const write of writes) this.#writes.push(write);
    return { meta, reply: WRITTEN };
  }

  /** Reads what all entries before it have left: the tablet, through its buffer. */
  #applySwap(command: Command & { kind: "compare-and-swap" }, meta: TabletMeta): Applied {
    const { key, expected, version } = command;
    const refusal = refuseWrite(meta.region, version, [command]);
    if (refusal !== undefined) return { meta, reply: refusal };
    assert(this.#writes.length === 0, "a swap would not see the writes before it");
    const found = this.#tablet.get(key);
    if (!isEqual(found, expected)) return { meta, reply: { kind: "not-swapped", found } };
    this.#writes.push(swapIn(command));
    return { meta, reply: { kind: "swapped" } };
  }

  #applySplit(command: Command & { kind: "split" }, meta: TabletMeta): Applied {
    const { region } = meta;
    if (!sameEpoch(command.epoch, region.epoch)) return { meta, reply: epochMismatch(region) };
    const cuts: readonly SplitCut[] = command.cuts;
    const refusal = refuseSplit(region, cuts);
    if (refusal !== undefined) return { meta, reply: { kind: "refused", reason: refusal } };
    const { parent, children } = splitRegion(region, cuts);
    this.#events.split(meta.appliedIndex, children);
    return {
      meta: { ...meta, region: parent, isUntrimmed: true },
      reply: { kind: "split", regions: [parent, ...children] },
    };
  }

  #applyMembership(
    { epoch, change }: Command & { kind: "membership" },
    meta: TabletMeta,
    activate: () => ConfState,
  ): Applied {
    const { region } = meta;
    if (epoch.confVer !== region.epoch.confVer) return { meta, reply: epochMismatch(region) };
    const refusal = refuseMembership(region, meta.removedPeers, change);
    if (refusal !== undefined) return { meta, reply: { kind: "refused", reason: refusal } };
    const removedPeers = [...meta.removedPeers, ...removedBy(region, change)];
    const changed = applyMembership(region, change);
    this.#events.membershipChanged(change);
    return {
      meta: { ...meta, region: changed, confState: activate(), removedPeers },
      reply: WRITTEN,
    };
  }
}

/** Unless it was made for the region as it is now. */
function refuseWrite(
  region: Region,
  version: number,
  writes: readonly { readonly key: Key }[],
): ClientReply | undefined {
  if (version !== region.epoch.version) return epochMismatch(region);
  if (!writes.every(({ key }) => rangeContains(region.range, key)))
    return { kind: "key-not-in-region", regions: [region] };
  return undefined;
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}

function swapIn({ key, value }: CompareAndSwap): Write {
  return value === undefined ? { kind: "delete", key } : { kind: "put", key, value };
}

type Applied = { readonly meta: TabletMeta; readonly reply: ClientReply };

const WRITTEN: ClientReply = { kind: "written" };

function epochMismatch(region: Region): ClientReply {
  return { kind: "epoch-mismatch", regions: [region] };
}

function removedBy(region: Region, change: MembershipChange): RemovedPeer[] {
  if (change.kind !== "remove-peer") return [];
  const peer = region.peers.find(({ id }) => id === change.peerId);
  return peer === undefined ? [] : [{ peerId: peer.id, storeId: peer.storeId }];
}
