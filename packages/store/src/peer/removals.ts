// What a replica has applied of its region's membership, and whom it may tell. Invariant: nobody hears of
// his removal while this replica could still forget it by a power cut: told so, a peer leaves, and its vote
// is missing to whoever does not know that it is not needed.
import type { PeerId, Region } from "@multiraft/pd/protocol";
import type { RegionMail } from "../transport/region-mail.ts";
import type { Place } from "./correspondence.ts";
import { isFromRemoved, isMemberOf } from "./removal-check.ts";

export type RemovalsHost = {
  readonly peerId: PeerId;
  /** Undefined without data. */
  readonly region: () => Region | undefined;
  /** Runs `then` when the log knows durably that everything applied so far is committed. */
  readonly whenRecorded: (then: () => void) => void;
  /** Others may act upon the region's last change by the word of this replica. */
  readonly mayTell: () => boolean;
  readonly sendOrder: (to: Place) => void;
  readonly counted: (what: string) => void;
};

export class Removals {
  readonly #host: RemovalsHost;
  /** Changes of the region, applied and not yet known to the log as committed. */
  #underWay = 0;

  constructor(host: RemovalsHost) {
    this.#host = host;
  }

  /** What this replica knows of its region could be gone after a power cut. */
  get couldForget(): boolean {
    return this.#underWay > 0;
  }

  /**
   * Its own log says that it was removed. It stays until its group or the driver says so too: who is left may
   * have lost what told them of it, and then they need its vote, with which it tells them.
   */
  get isOutside(): boolean {
    const region = this.#host.region();
    return region !== undefined && !isMemberOf(region, this.#host.peerId);
  }

  /**
   * @param then Called when this replica cannot forget the change any more, nor one that was applied since: what is
   * told then is the region as it is. The last one's is called in place of those before.
   */
  regionChanged(then: () => void): void {
    this.#underWay += 1;
    this.#host.whenRecorded(() => {
      this.#underWay -= 1;
      if (!this.couldForget) then();
    });
  }

  /**
   * Mail of a candidate that its group has removed is not for Raft; the answer is the order to leave. Who may
   * not be told yet is not answered: it asks again, or the leader tells it.
   */
  refuses(mail: RegionMail & { kind: "raft" }): boolean {
    const region = this.#host.region();
    if (region === undefined || !isFromRemoved(mail, region)) return false;
    this.#host.counted("from a removed peer");
    if (this.couldForget || !this.#host.mayTell())
      this.#host.counted("removal that could be forgotten");
    else this.#host.sendOrder({ id: mail.from, storeId: mail.fromStore });
    return true;
  }
}
