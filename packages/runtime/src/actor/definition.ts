// How an actor is defined: in a module, found by URL and export name, so that any thread can make it.
import type { ActorContext } from "./context.ts";
import type { Envelope } from "./envelope.ts";
import type { AnyLayout } from "./layout.ts";
import type { StopReason } from "./outcome.ts";

/** A message is a plain object told apart by `kind`; immutable once sent. */
export type MessageShape = { readonly kind: string };

/** Marks the reply that a message asks for: `type Get = { kind: "get" } & Asks<number>`. */
declare const replies: unique symbol;
export type Asks<Reply> = { readonly [replies]?: Reply };
/** What an actor that takes `Message` answers to the messages of one kind. */
export type ReplyTo<Message, Kind> = ReplyOf<Extract<Message, { readonly kind: Kind }>>;
export type ReplyOf<Message> = Message extends { readonly [replies]?: infer Reply } ? Reply : never;

/**
 * The living part of an actor. One message at a time, never re-entrant: while `receive` has not
 * returned (or its promise has not settled) the mailbox waits.
 */
export interface ActorBehavior<Message> {
  /** A throw (or rejection) stops the actor; its watchers are told why. */
  receive(message: Message, envelope: Envelope): void | Promise<void>;
  /** After the last message of a turn: the place to hand over what the turn gathered (group commit). */
  turnEnd?(): void;
  /**
   * The address is closed, the queue is settled and all jobs have returned; the lease releases right
   * after this. Nothing can be sent to this life any more, but it may still tell others.
   */
  stopped?(reason: StopReason): void;
}

/**
 * @param url `import.meta.url` of the defining module. @param name Its export of this definition.
 * `create` runs on the actor's thread; a throw rejects the spawn with its cause.
 */
export type ActorDefinition<Message extends MessageShape, Args> = {
  readonly url: string;
  readonly name: string;
  /** Layouts in which others may send to it. */
  readonly layouts?: readonly AnyLayout[];
  create(context: ActorContext<Message>, args: Args): ActorBehavior<Message>;
};

/** Gives a definition its types; returns it unchanged. */
export function defineActor<Message extends MessageShape, Args>(
  definition: ActorDefinition<Message, Args>,
): ActorDefinition<Message, Args> {
  return definition;
}
