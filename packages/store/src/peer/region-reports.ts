// When the leader of a region reports to the placement driver. What the driver waits for with its next order is
// told at the end of the turn, and not at the next tick; the rest now and then.
import type { PeerId } from "@multiraft/pd/protocol";
import type { Followers } from "./followers.ts";
import type { PeerTuning } from "./tuning.ts";

export type RegionReportsHost = {
  readonly isLeader: () => boolean;
  /** A change of membership would be taken now. */
  readonly mayChangeMembership: () => boolean;
  readonly send: (pendingPeers: readonly PeerId[]) => void;
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
    this.#host.send(pending);
  }
}
