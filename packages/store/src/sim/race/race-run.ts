// One order of the race, played at the store. Everything that is no event settles between two events; what
// is one is held until its turn comes. An event that finds nothing to happen to (a snapshot that was
// refused at the door is not handled, and starts no job) is a step without effect, not an error.
import type { HandledMail, Hold, Pending } from "@multiraft/runtime/testing";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import type { Move } from "./moves.ts";
import {
  CHILD,
  endOf,
  heartbeatForLaterP,
  type OfferName,
  offerOf,
  P,
  parentEntries,
  pieceOf,
  type Snapshot,
  snapshotForLaterP,
  snapshotForP,
  splitCommitted,
  tombstoneOrder,
  voteForChild,
} from "./script.ts";
import { HOST, type StoreOptions, StoreUnderTest } from "./store-under-test.ts";
import type { RaceEvent } from "./table.ts";

/** The work of an install, in its order: pairs come in, files are made durable, the tablet is opened. */
const [TAKE_IN, MAKE_DURABLE, OPEN] = ["add pairs", "finish tablet", "open received tablet"];

/** What the disk has of what was under way. */
export type PowerCut = {
  /** Of the appends that wait for "fsync done", oldest first: written, but nobody was told. */
  readonly waiting: number;
  /** What becomes of names and bytes that nobody synced. */
  readonly kept: "nothing" | "everything";
};

export class RaceRun {
  readonly store: StoreUnderTest;
  readonly #snapshot: Snapshot;
  #later: Snapshot | undefined;
  #transfers = 1;
  #answered = 0;
  // What is held, each until its event.
  #offers: Hold | undefined;
  #jobs: Hold | undefined;
  #appends: Hold | undefined;
  #lateReports: Hold[] = [];

  constructor(offer: OfferName, options: StoreOptions = {}) {
    this.store = new StoreUnderTest(options);
    this.#snapshot = snapshotForP(offer);
    this.store.deliver(parentEntries());
    this.settle();
  }

  make(move: Move): void {
    switch (move.kind) {
      case "event":
        return this.#happen(move.event);
      case "power":
        return this.#cutPower(move.cut);
      case "event-power":
        return this.#happenAndCutPower(move.event, move.appends);
      case "failure":
        return this.#failP();
      case "event-failure":
        return this.#happenAndFail(move.event);
    }
  }

  #happen(event: RaceEvent): void {
    this.#begin(event);
    this.settle();
  }

  #begin(event: RaceEvent): void {
    switch (event) {
      case "split applied":
        return this.store.deliver(splitCommitted());
      case "message for p":
        return this.store.deliver(voteForChild());
      case "snapshot for p queued":
        this.#offers = this.store.system.hold((pending) => isOfferForP(pending));
        return this.store.deliver(offerOf(this.#snapshot));
      case "snapshot handled":
        this.#jobs = this.store.system.hold((pending) => this.#isInstallJob(pending));
        this.#offers?.release();
        this.#offers = undefined;
        return;
      case "install job starts":
        this.#jobs?.release(isWork("perform-start", TAKE_IN));
        this.settle();
        return this.#jobs?.release(isWork("perform-reply", TAKE_IN));
      case "install job ends":
        return this.#jobs?.release(isWork("perform-start", MAKE_DURABLE));
      case "install job replies":
        this.#appends = this.store.system.hold((pending) => this.#isAppendOfP(pending));
        this.#jobs?.release();
        this.#jobs = undefined;
        return;
      case "fsync done":
        this.#appends?.release();
        this.#appends = undefined;
        return;
      case "tombstone order for p":
        return this.store.deliver(tombstoneOrder());
      case "message for p'":
        return this.store.deliver(heartbeatForLaterP());
      case "snapshot for p'":
        return this.offerLater();
    }
  }

  /** Under a new number: what was offered before and never answered is given up. */
  offerLater(): void {
    this.#transfers += 1;
    this.#later = snapshotForLaterP(this.#transfers);
    this.store.deliver(offerOf(this.#later));
  }

  remindOfRemoval(): void {
    this.store.deliver(tombstoneOrder());
  }

  beat(): void {
    this.store.deliver(splitCommitted());
    this.store.deliver(heartbeatForLaterP());
  }

  /** Equal for runs that go on equally: see `StateKey`; and what is held, or would be, differs in nothing. */
  get stateKey(): string {
    const holds = [this.#jobs, this.#offers, this.#appends];
    const held = [...holds, ...this.#lateReports].map((hold) =>
      (hold?.held ?? []).map((one) => this.#describeHeld(one)).join(),
    );
    const isHolding = [...holds.map((hold) => hold !== undefined), this.#lateReports.length];
    const script = [saidOfP(this.store.heard), this.#transfers, this.#isPOver() ? "" : isHolding];
    return [this.store.stateKey.value, this.store.unsynced, ...script, ...held].join("\n");
  }

  /** What would be held of p does not come any more: the one door lets nobody in after its tombstone. */
  #isPOver(): boolean {
    if (this.isPThere || !this.store.remedies.oneDoor) return false;
    const { tombstones } = this.store.status();
    return tombstones.some(({ regionId, peerId }) => regionId === CHILD && peerId >= P);
  }

  /** Until nothing can happen, answers of the other stores included. */
  settle(): void {
    const { system, heard } = this.store;
    do {
      system.settle();
      for (; this.#answered < heard.length; this.#answered += 1) this.#react(heard[this.#answered]);
    } while (system.pending().length > 0);
  }

  #react(mail: RegionMail | undefined): void {
    if (mail?.regionId !== CHILD) return;
    const sent = mail.from === P ? this.#snapshot : this.#later;
    if (sent === undefined || !("transfer" in mail) || mail.transfer !== sent.transfer) return;
    if (mail.kind === "snapshot-verdict" && mail.refusal === undefined) {
      this.store.deliver(pieceOf(sent), sent.bytes);
      this.store.deliver(endOf(sent));
    }
  }

  /** Everything that was slow gets there. */
  releaseAll(): void {
    for (const hold of [this.#jobs, this.#offers, this.#appends]) hold?.release();
    this.settle();
  }

  releaseReports(): void {
    for (const hold of this.#lateReports.splice(0)) hold.release();
    this.settle();
  }

  // ---- crashes ------------------------------------------------------------------------------------

  /**
   * The event happens while the log is slow: only so many of the appends that follow from it are
   * synced, one by one, before the power goes.
   */
  #happenAndCutPower(event: RaceEvent, appends: number): void {
    const slow = this.store.system.hold((pending) => isAppend(pending));
    this.#happen(event);
    for (let synced = 0; synced < appends; synced += 1) this.#releaseFirst(slow);
    this.#cutPower({ waiting: 0, kept: "nothing" });
    slow.release();
  }

  #releaseFirst(slow: Hold): void {
    const [first] = slow.held;
    slow.release((pending) => pending.sequence === first?.sequence);
    this.settle();
  }

  /** How many appends wait for their fsync while everything else is done. */
  get waitingAppends(): number {
    return this.#appends?.held.length ?? 0;
  }

  #cutPower({ waiting, kept }: PowerCut): void {
    for (let n = 0; n < waiting; n += 1) this.#writeFirstWaiting();
    this.store.cutPower(kept);
    for (const hold of [this.#jobs, this.#offers, this.#appends]) hold?.release();
    this.releaseReports();
    [this.#jobs, this.#offers, this.#appends] = [undefined, undefined, undefined];
    this.store.openAgain();
    this.settle();
  }

  /** The log writes and syncs it; its word that it has done so is not heard any more. */
  #writeFirstWaiting(): void {
    const { system } = this.store;
    const first = this.#appends?.held[0];
    this.#appends?.release((pending) => pending.sequence === first?.sequence);
    for (;;) {
      const next = system.pending().find(({ actor }) => actor === "logActor");
      if (next === undefined) return;
      system.run(next);
    }
  }

  /** What p tells its registry at the event is late; then p fails. */
  #happenAndFail(event: RaceEvent): void {
    const reports = this.store.system.hold((pending) => this.#isReportOfP(pending));
    this.#happen(event);
    this.#lateReports.push(reports);
    this.#failP();
  }

  /** Its actor throws; what it had set going and sent is on its way. */
  #failP(): void {
    const life = this.#runningP;
    if (life === undefined) return;
    const failure = {
      kind: "log-failed",
      code: SCRIPTED_FAILURE,
      message: SCRIPTED_FAILURE,
    } as const;
    this.store.system.tell(life.address as never, failure);
    this.settle();
  }

  /** Otherwise a failure of p is a step without effect. */
  get isPThere(): boolean {
    return this.#runningP !== undefined;
  }

  get #runningP() {
    return this.store.oracles.shadow.running(HOST, CHILD).findLast((one) => one.peerId === P);
  }

  // ---- what is held -----------------------------------------------------------------------------

  #describeHeld(pending: Pending): string {
    const { stateKey } = this.store;
    const to = stateKey.nameOf(pending.to);
    if (pending.kind !== "mail")
      return `${pending.kind} ${"name" in pending ? pending.name : pending.kind} to ${to}`;
    const { from, message } = pending;
    return `${stateKey.nameOf(from)} ${stateKey.textOf(message)} to ${to}`;
  }

  #isOfP(address: Pending["to"] | undefined): boolean {
    const incarnation = this.store.oracles.shadow.at(address);
    return incarnation?.regionId === CHILD && incarnation.peerId === P;
  }

  #isInstallJob(pending: Pending): boolean {
    if (pending.kind !== "perform-start" && pending.kind !== "perform-reply") return false;
    const isWork = [TAKE_IN, MAKE_DURABLE, OPEN].includes(pending.name);
    return isWork && this.#isOfP(pending.to);
  }

  #isAppendOfP(pending: Pending): boolean {
    return isAppend(pending) && pending.kind === "mail" && this.#isOfP(pending.from);
  }

  #isReportOfP(pending: Pending): boolean {
    if (pending.kind !== "mail" || pending.actor !== "registryActor") return false;
    return pending.message.kind === "region-changed" && this.#isOfP(pending.from);
  }
}

export const SCRIPTED_FAILURE = "ERR_MULTIRAFT_SCRIPTED";

/** What decides later whether p has gone for good: see `endOf`. */
function saidOfP(heard: readonly RegionMail[]): string {
  const ofP = heard
    .filter(({ from }) => from === P)
    .map(({ kind }) => kind === "tombstone-confirm");
  const confirmed = ofP.indexOf(true);
  if (confirmed < 0) return "p is not confirmed to be gone";
  return ofP.indexOf(false, confirmed) < 0 ? "p is gone" : "p came back";
}

function isWork(kind: Pending["kind"], name: string | undefined) {
  return (pending: Pending): boolean =>
    pending.kind === kind && "name" in pending && pending.name === name;
}

function isAppend(pending: Pending): boolean {
  return (
    pending.kind === "mail" && pending.actor === "logActor" && pending.message.kind === "append"
  );
}

function isOfferForP(pending: Pending): boolean {
  if (pending.kind !== "mail" || pending.actor !== "peerActor") return false;
  const mail = pending.message as PeerMail | HandledMail["message"];
  return mail.kind === "snapshot-offer" && (mail as RegionMail).to === P;
}
