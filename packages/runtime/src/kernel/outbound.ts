// The kernel's only way to another thread. On worker threads it is the lanes; in simulation a list.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { AnyLayout } from "../actor/layout.ts";
import type { DropReason } from "../actor/outcome.ts";
import type { KernelRecord } from "./record.ts";

/**
 * - `ok`: taken. `paused`: taken, but the sending actor gets no further turn before `laneDrained`.
 * - a reason: not taken. The kernel still owns the payload, counts the drop and answers the ask.
 */
export type SendResult =
  | "ok"
  | "paused"
  | Extract<DropReason, "lane-full" | "thread-dead" | "shut-down">;

export interface Outbound {
  /**
   * Never blocks and never calls back into the kernel before it returns. System mail is refused only as
   * `thread-dead` or `shut-down`, never for want of room. What it took and cannot carry after all goes
   * back through `kernel.returned(record, reason)`, so that nothing is lost uncounted.
   * @throws What a record cannot be encoded for. Nothing of it was taken then.
   */
  send(thread: number, record: KernelRecord): SendResult;
  /** As `send` of mail that is nothing but a message from one life to another: most mail is. */
  sendPlain(
    thread: number,
    from: AnyAddress,
    to: AnyAddress,
    message: MessageShape,
    layout: AnyLayout | undefined,
  ): SendResult;
}
