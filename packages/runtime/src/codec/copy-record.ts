// A record as the kernel of another thread would get it: everything in it that actors have said goes through
// the codec, payload blocks pass by reference as slabs do. What would not survive is refused, at its sender.
import type { MessageShape } from "../actor/definition.ts";
import { unreachable } from "../assert.ts";
import type { KernelRecord, MailRecord } from "../kernel/record.ts";
import { roundTripLayout } from "./layout-book.ts";
import type { MessageCodec } from "./message-codec.ts";

/** @throws CodecError */
export function copyRecord(codec: MessageCodec, record: KernelRecord): KernelRecord {
  switch (record.kind) {
    case "mail":
      return { ...record, message: copyMessage(codec, record) };
    case "reply":
      return { ...record, value: codec.roundTrip(record.value) };
    case "failure":
      return { ...record, failure: codec.roundTrip(record.failure) };
    case "terminated":
      return { ...record, termination: codec.roundTrip(record.termination) };
    case "spawn":
      return { ...record, args: codec.roundTrip(record.args) };
    case "spawned":
      return { ...record, outcome: codec.roundTrip(record.outcome) };
    case "moved":
    case "watch":
    case "unwatch":
    case "stop":
      return record;
    default:
      return unreachable(record);
  }
}

/** As the exchange between threads would: in its layout, if it has one. */
function copyMessage(codec: MessageCodec, { message, layout }: MailRecord): MessageShape {
  return layout === undefined ? codec.roundTrip(message) : roundTripLayout(layout, message);
}
