// A layout of one kind of message, for mail that is sent millions of times a second: its fields at places
// that both ends know instead of a self-describing encoding. The sender names the layout with the message,
// the receiver in its definition.
import { assert } from "../assert.ts";
import type { MessageShape } from "./definition.ts";

/** Of fixed layouts: a larger message gains little, since most of its time goes into its bytes. */
export const LAYOUT_BYTES_MAX = 256;

export type FixedLayout<Message extends MessageShape> = {
  /** Unique in the program; say a version where the fields change. */
  readonly name: string;
  readonly byteLength: number;
  /** Writes all fields, in either byte order. `at` is a multiple of 8. */
  write(message: Message, view: DataView, at: number): void;
  /** Makes the message anew; must not keep `view`. */
  read(view: DataView, at: number): Message;
};

/** For messages that hold lists or bytes: their length is asked for first. */
export type VariableLayout<Message extends MessageShape> = {
  /** Unique in the program; say a version where the fields change. */
  readonly name: string;
  readonly byteLength: "variable";
  /** @returns Bytes that `write` will write, above 0. */
  byteLengthOf(message: Message): number;
  /** Writes all of that from `at` on, a multiple of 8. */
  write(message: Message, view: DataView, at: number): void;
  /**
   * Makes the message anew; must not keep `view`, and throws when the bytes are not its own.
   * @param byteLength What `byteLengthOf` had said.
   */
  read(view: DataView, at: number, byteLength: number): Message;
};

export type MessageLayout<Message extends MessageShape> =
  | FixedLayout<Message>
  | VariableLayout<Message>;

/** A layout whose message nobody needs to know any more. */
export type AnyLayout = MessageLayout<MessageShape>;

/** Gives a layout its types; returns it unchanged. */
export function defineLayout<Message extends MessageShape>(
  layout: FixedLayout<Message>,
): FixedLayout<Message>;
export function defineLayout<Message extends MessageShape>(
  layout: VariableLayout<Message>,
): VariableLayout<Message>;
export function defineLayout<Message extends MessageShape>(
  layout: MessageLayout<Message>,
): MessageLayout<Message> {
  const { name, byteLength } = layout;
  if (byteLength === "variable") return layout;
  const isInRange =
    Number.isInteger(byteLength) && byteLength > 0 && byteLength <= LAYOUT_BYTES_MAX;
  assert(isInRange, () => `layout ${name} cannot have ${byteLength} bytes`);
  return layout;
}
