// A fixed layout of one kind of message, for mail that is sent millions of times a second: its fields at
// fixed places instead of a self-describing encoding. Both ends name the same layout: the sender with the
// message, the receiver in its definition.
import { assert } from "../assert.ts";
import type { MessageShape } from "./definition.ts";

/** A larger message gains little: most of its time goes into its bytes. */
export const LAYOUT_BYTES_MAX = 256;

export type MessageLayout<Message extends MessageShape> = {
  /** Unique in the program; say a version where the fields change. */
  readonly name: string;
  readonly byteLength: number;
  /** Writes all fields, in either byte order. `at` is a multiple of 8. */
  write(message: Message, view: DataView, at: number): void;
  /** Makes the message anew; must not keep `view`. */
  read(view: DataView, at: number): Message;
};

/** A layout whose message nobody needs to know any more. */
export type AnyLayout = MessageLayout<MessageShape>;

/** Gives a layout its types; returns it unchanged. */
export function defineLayout<Message extends MessageShape>(
  layout: MessageLayout<Message>,
): MessageLayout<Message> {
  const { name, byteLength } = layout;
  const isInRange =
    Number.isInteger(byteLength) && byteLength > 0 && byteLength <= LAYOUT_BYTES_MAX;
  assert(isInRange, () => `layout ${name} cannot have ${byteLength} bytes`);
  return layout;
}
