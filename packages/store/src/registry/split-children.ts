// Brings up the children of applied splits. A split never replaces: it hands the child's first
// state to whoever has the region's address, or to the replica that the one door makes for it.
// Invariant: a parent hears that its split is recorded only when it durably is.
import type { RegionId } from "@multiraft/pd/protocol";
import { type ActorContext, assert } from "@multiraft/runtime";
import type { LogHandle } from "../log/log-handle.ts";
import type { RecoveredLog } from "../log/log-mail.ts";
import type { Life, LogRecord, SplitChild } from "../log/record.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { LogIndex } from "../raft/index.ts";
import { admission } from "./admission.ts";
import { addressOf, type LifeBook, type LifeEntry } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import { type OwedSplit, SplitLedger } from "./split-ledger.ts";
import type { TombstoneBook } from "./tombstone-book.ts";

type Applied = Extract<RegistryMail, { kind: "split-applied" }>;

/** What the registry lends. */
export type SplitHost = {
  readonly context: ActorContext<RegistryMail>;
  readonly log: LogHandle<RegistryMail>;
  readonly lives: LifeBook;
  readonly tombstones: TombstoneBook;
  /** The one door. */
  readonly admit: (child: SplitChild) => LifeEntry;
  /** A parent owes less than before. */
  readonly settled: (parent: LifeEntry) => void;
  readonly count: (reason: string) => void;
};

export class SplitChildren {
  readonly #host: SplitHost;
  readonly #ledger = new SplitLedger();

  constructor(host: SplitHost) {
    this.#host = host;
  }

  get pendingCount(): number {
    return this.#ledger.pendingChildren;
  }

  load(splits: RecoveredLog["splits"]): void {
    this.#ledger.load(splits);
  }

  /** Those too whose end is not durable: after a crash the parent's data would be asked for again. */
  owedBy(parentLife: Life): RegionId[] {
    const splits = this.#ledger.ofParent(parentLife);
    return splits.flatMap(({ pending, settling }) => [...pending.keys(), ...settling]);
  }

  applied(parent: LifeEntry, { life, index, children, campaigns }: Applied): void {
    if (children.length === 0) return this.#tellRecorded(parent, index);
    const { log } = this.#host;
    const known = this.#ledger.find(life, index);
    // Applied again after its actor was opened again: the record may still be on its way.
    if (known !== undefined) return log.afterAll(() => this.#onRecorded(parent, known));
    const split = this.#ledger.add(life, index, children, campaigns);
    const record: LogRecord = { kind: "split", parentLife: life, index, children };
    log.append([record], () => this.#onRecorded(parent, split));
  }

  /** The actor of a replica is there: as a child, and as a parent. */
  started(entry: LifeEntry): void {
    this.#tellOwed(entry);
    for (const index of entry.recordedSplits.splice(0)) this.#tellRecorded(entry, index);
    this.initialise(entry);
    for (const split of this.#ledger.ofParent(entry.life)) this.#bringUp(split);
  }

  /** Said again and again until it has its data: a copy may fail, or a snapshot come instead. */
  initialise(entry: LifeEntry): void {
    const { init, state } = entry;
    if (init === undefined || state.kind !== "running") return;
    const parent = this.#host.lives.byLife(init.parentLife);
    const isBootstrap = parent === entry;
    const source = isBootstrap || parent === undefined ? undefined : addressOf(parent.state);
    if (!isBootstrap && source === undefined) return;
    const { campaigns } = init;
    const { region } = init.child;
    this.#host.context.tell(state.address, { kind: "initialise", region, source, campaigns });
  }

  /** Nothing to do for a region that no split owes. */
  settle(childRegionId: RegionId, reason: string): void {
    const split = this.#ledger.ofChild(childRegionId);
    if (split !== undefined) this.#settle(split, childRegionId, reason);
  }

  /** A life of the region is gone that had it when its split was applied. */
  judgeAgain(childRegionId: RegionId): void {
    const split = this.#ledger.ofChild(childRegionId);
    const child = split?.pending.get(childRegionId);
    if (split !== undefined && child !== undefined) this.#bringUpChild(split, child);
  }

  #onRecorded(parent: LifeEntry, split: OwedSplit): void {
    this.#tellOwed(parent);
    this.#tellRecorded(parent, split.index);
    this.#bringUp(split);
  }

  /** In full each time, so that no order of mail can leave a parent with a wrong idea. */
  #tellOwed(parent: LifeEntry): void {
    this.#tell(parent, { kind: "owed-children", regionIds: this.owedBy(parent.life) });
  }

  /** It may have applied the split before the news came that it runs: then it hears of the record later. */
  #tellRecorded(parent: LifeEntry, index: LogIndex): void {
    if (addressOf(parent.state) === undefined) parent.recordedSplits.push(index);
    else this.#tell(parent, { kind: "split-recorded", index });
  }

  #bringUp(split: OwedSplit): void {
    for (const child of [...split.pending.values()]) this.#bringUpChild(split, child);
  }

  #bringUpChild(split: OwedSplit, child: SplitChild): void {
    const { region, peerId } = child;
    const { lives, tombstones, admit } = this.#host;
    const entry = lives.get(region.id);
    const incumbent = entry && { peerId: entry.peerId, epoch: entry.region?.epoch ?? entry.epoch };
    const candidate = { regionId: region.id, peerId, epoch: region.epoch };
    const verdict = admission(candidate, incumbent, tombstones.get(region.id));
    if (verdict.kind === "refuse") return this.#settle(split, region.id, verdict.reason);
    assert(verdict.kind !== "supersede", "a child of a split found an older replica of its region");
    if (entry?.region !== undefined) return this.#settle(split, region.id, "has-its-data");
    // It never comes up, and must not hold up its parent: its leader's snapshot may bring it.
    if (entry?.state.kind === "damaged" && entry.state.isGivenUp)
      return this.#settle(split, region.id, "damaged");
    const { parentLife, campaigns } = split;
    const taken = entry ?? admit(child);
    taken.init = { child, parentLife, campaigns };
    this.initialise(taken);
  }

  #settle(split: OwedSplit, childRegionId: RegionId, reason: string): void {
    const { lives, log, count, settled } = this.#host;
    count(`split-child: ${reason}`);
    const { parentLife, index } = split;
    this.#ledger.settle(split, childRegionId);
    const record: LogRecord = { kind: "split-done", parentLife, index, childRegionId };
    log.append([record], () => {
      this.#ledger.settled(split, childRegionId);
      const parent = lives.byLife(parentLife);
      if (parent === undefined) return;
      this.#tellOwed(parent);
      settled(parent);
    });
  }

  #tell(entry: LifeEntry, mail: PeerMail): void {
    const address = addressOf(entry.state);
    if (address !== undefined) this.#host.context.tell(address, mail);
  }
}
