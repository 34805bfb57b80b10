// When the leader of a region reports to the placement driver. What the driver waits for with its next order is
// told at the end of the turn, and not at the next tick; the rest now and then.
import type { Followers } from "./followers.ts";
import type { PeerTuning } from "./tuning.ts";

export type RegionReportsHost = {
  readonly isLeader: () => boolean;
  /** A change of membership would be taken now. */
  readonly mayChangeMembership: () => boolean;
  readonly send: (pendingPeers: ReturnType<Followers["pending"]>) => void;
};

/** Between two ticks: the steps of an operator take a handful, and a region that is never at rest gets no more. */
const REPORTS_A_TICK_MAX = 8;

export class RegionReports {
  readonly #host: RegionReportsHost;
  readonly #followers: Followers;
  readonly #tuning: PeerTuning;
  #isDue = true;
  #lastPending = "";
  #ticksSince = 0;
  #reportsOfTick = 0;

  constructor(host: RegionReportsHost, followers: Followers, tuning: PeerTuning) {
    this.#host = host;
    this.#followers = followers;
    this.#tuning = tuning;
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
    if (this.#followers.isChangeShared && (isTime || this.#hasNews())) this.#report();
  }

  turnEnd(): void {
    const isAwaited = this.#isDue || this.#lastPending !== "";
    if (!isAwaited || this.#reportsOfTick === REPORTS_A_TICK_MAX || !this.#host.isLeader()) return;
    if (this.#followers.isChangeShared && this.#hasNews()) this.#report();
  }

  #beginAnew(): void {
    this.#isDue = true;
    this.#lastPending = "";
    this.#ticksSince = 0;
  }

  /**
   * Not while a change of membership would be refused, as by a new leader that has not applied what it found: the
   * driver would answer with an order that is lost, and repeat it after seconds.
   */
  #hasNews(): boolean {
    if (!this.#host.mayChangeMembership()) return false;
    return this.#isDue || this.#followers.pending().join() !== this.#lastPending;
  }

  #report(): void {
    const pending = this.#followers.pending();
    this.#isDue = false;
    this.#lastPending = pending.join();
    this.#ticksSince = 0;
    this.#reportsOfTick += 1;
    this.#host.send(pending);
  }
}
