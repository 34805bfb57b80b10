// When the leader of a region reports to the placement driver. What the driver waits for with its next order is
// told at the end of the turn, and not at the next tick; the rest now and then.
import type { PeerId, RegionHeartbeat } from "@multiraft/pd/protocol";
import type { Followers } from "./followers.ts";
import type { PeerTuning } from "./tuning.ts";

export type RegionReportsHost = {
  readonly isLeader: () => boolean;
  /** A change of membership would be taken now. */
  readonly mayChangeMembership: () => boolean;
  /** What would be reported now. */
  readonly report: (pendingPeers: readonly PeerId[]) => RegionHeartbeat;
  readonly tell: (report: RegionHeartbeat) => void;
  readonly ask: (report: RegionHeartbeat, answered: (isAccepted: boolean) => void) => void;
};

/** Between two ticks: an operator takes a handful of steps, and a region that is never at rest gets no more. */
const REPORTS_A_TICK_MAX = 8;

export class RegionReports {
  readonly #host: RegionReportsHost;
  readonly #followers: Followers;
  readonly #tuning: PeerTuning;
  #isDue = true;
  #lastPending = "";
  #ticksSince = 0;
  #reportsOfTick = 0;
  /** The last that was sent, once the driver has accepted it; known only where it is asked. */
  #accepted: RegionHeartbeat | undefined;
  #last: RegionHeartbeat | undefined;

  constructor(host: RegionReportsHost, followers: Followers, tuning: PeerTuning) {
    this.#host = host;
    this.#followers = followers;
    this.#tuning = tuning;
  }

  /** The driver has accepted what would be reported now: the next report may wait until something changes. */
  get isUpToDate(): boolean {
    if (this.#isDue || this.#lastPending !== "" || this.#accepted === undefined) return false;
    return textOf(this.#accepted) === textOf(this.#host.report([]));
  }

  /** The leader or the region changed. */
  changed(): void {
    this.#isDue = true;
  }

  tick(): void {
    this.#reportsOfTick = 0;
    this.#ticksSince += 1;
    if (!this.#host.isLeader()) return this.#beginAnew();
    const isTime = this.#ticksSince * this.#tuning.tickMs >= this.#tuning.heartbeatMs;
    this.#reportIfDue(isTime);
  }

  turnEnd(): void {
    const isAwaited = this.#isDue || this.#lastPending !== "";
    if (!isAwaited || this.#reportsOfTick === REPORTS_A_TICK_MAX || !this.#host.isLeader()) return;
    this.#reportIfDue(false);
  }

  #beginAnew(): void {
    this.#isDue = true;
    this.#lastPending = "";
    this.#ticksSince = 0;
    this.#accepted = undefined;
    this.#last = undefined;
  }

  /**
   * News are none while a change of membership would be refused, as by a new leader that has not applied what it
   * found: the driver would answer with an order that is lost, and repeat it after seconds.
   */
  #reportIfDue(isTime: boolean): void {
    const mayBeNews = this.#host.mayChangeMembership();
    if ((!isTime && !mayBeNews) || !this.#followers.isChangeShared) return;
    const pending = this.#followers.pending();
    const isNews = this.#isDue || pending.join() !== this.#lastPending;
    if (isTime || isNews) this.#report(pending);
  }

  #report(pending: readonly PeerId[]): void {
    this.#isDue = false;
    this.#lastPending = pending.join();
    this.#ticksSince = 0;
    this.#reportsOfTick += 1;
    const report = this.#host.report(pending);
    if (this.#tuning.hibernateAfterMs > 0) this.#ask(report);
    else this.#host.tell(report);
  }

  /** Only groups that are to sleep ask: all others report again soon. */
  #ask(report: RegionHeartbeat): void {
    this.#accepted = undefined;
    this.#last = report;
    this.#host.ask(report, (isAccepted) => {
      if (isAccepted && this.#last === report) this.#accepted = report;
    });
  }
}

/** All that may differ from one report of a leadership to the next. */
function textOf(report: RegionHeartbeat): string {
  const { region, term, pendingPeers, downPeers, approximateSizeBytes, approximateKeys } = report;
  const { version, confVer } = region.epoch;
  const numbers = [term, version, confVer, approximateSizeBytes, approximateKeys];
  return [
    ...numbers,
    "pending",
    ...pendingPeers,
    "down",
    ...downPeers.map(({ peerId }) => peerId),
  ].join();
}
