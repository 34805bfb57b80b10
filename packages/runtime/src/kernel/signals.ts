// System mail on its way out: to the lives of this thread through the interlude, to others through the
// outbound. It knows no bound and no mailbox, and it is sent to closed lives as well as to open ones.
import type { AnyAddress } from "../actor/address.ts";
import type { DropReason } from "../actor/outcome.ts";
import { dropReasonOf, type RoutingTable } from "../routing/routing-table.ts";
import type { Cell } from "./cell.ts";
import type { Interlude } from "./interlude.ts";
import type { Outbound } from "./outbound.ts";
import type { SystemRecord } from "./record.ts";

type SignalsOptions = {
  readonly thread: number;
  readonly routing: RoutingTable;
  readonly outbound: Outbound;
  readonly interlude: Interlude;
  readonly isLocalDirect: boolean;
  /** A record that could not be sent; what waits for its answer has to be told. */
  readonly onRefused: (record: SystemRecord, reason: DropReason) => void;
};

export class Signals {
  readonly #options: SignalsOptions;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /**
   * To the thread that owns the slot of `to`. @returns That thread, undefined when there is none.
   * @param sender Whose doing it is: it gets no further turn while the lane is full.
   */
  send(to: AnyAddress, record: SystemRecord, sender?: Cell): number | undefined {
    const owner = this.#options.routing.ownerOf(to.slot);
    if (owner >= 0) return this.sendToThread(owner, record, sender);
    this.#options.onRefused(record, dropReasonOf(owner));
    return undefined;
  }

  sendToThread(thread: number, record: SystemRecord, sender?: Cell): number | undefined {
    const { interlude, outbound, onRefused, isLocalDirect } = this.#options;
    if (isLocalDirect && thread === this.#options.thread) {
      interlude.addRecord(record);
      return thread;
    }
    const result = outbound.send(thread, record);
    if (result === "paused") sender?.pauseFor(thread);
    if (result === "ok" || result === "paused") return thread;
    onRefused(record, result);
    return undefined;
  }
}
