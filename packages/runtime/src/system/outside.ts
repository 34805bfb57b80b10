// The main thread's hands: one actor of its kernel in whose name code outside of actors sends and asks.
import type { Address, AnyAddress } from "../actor/address.ts";
import type { AskOptions, SendOptions } from "../actor/context.ts";
import { defineActor, type MessageShape, type ReplyTo } from "../actor/definition.ts";
import type { Payload } from "../actor/envelope.ts";
import type { TellResult, Termination } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { LifeContext } from "../kernel/life-context.ts";

type Ended = {
  readonly kind: "ended";
  readonly watch: number;
  readonly termination: Termination;
};

type OutsideArgs = { readonly onEnded: (ended: Ended) => void };

const outsideActor = defineActor<Ended, OutsideArgs>({
  url: import.meta.url,
  name: "outsideActor",
  create: (_context, { onEnded }) => ({ receive: onEnded }),
});

export class Outside {
  readonly #context: LifeContext<MessageShape>;
  readonly #watches = new Map<number, (termination: Termination) => void>();
  #lastWatch = 0;

  constructor(kernel: Kernel) {
    const onEnded = ({ watch, termination }: Ended): void => {
      const settle = this.#watches.get(watch);
      this.#watches.delete(watch);
      settle?.(termination);
    };
    const outcome = kernel.spawn(outsideActor, { onEnded });
    assert(outcome.kind === "spawned", "the outside has no place on the main thread");
    const cell = kernel.cells.find(outcome.address);
    assert(cell !== undefined, "the outside is not where it was spawned");
    this.#context = kernel.contextOf(cell);
  }

  tryTell<To extends MessageShape>(
    to: Address<To>,
    message: To,
    options?: SendOptions,
  ): TellResult {
    return this.#context.tryTell(to, message, options);
  }

  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyTo<To, Kind>> {
    return this.#context.ask(to, message, options);
  }

  watch(target: AnyAddress): Promise<Termination> {
    return new Promise((resolve) => {
      this.#lastWatch += 1;
      const watch = this.#lastWatch;
      const toMail = (termination: Termination): Ended => ({ kind: "ended", watch, termination });
      (this.#context as unknown as LifeContext<Ended>).watch(target, toMail);
      // Only now: the watch may have been refused. Its end comes as mail, not before this returns.
      this.#watches.set(watch, resolve);
    });
  }

  stop(target: AnyAddress, mode: "now" | "drain"): void {
    this.#context.stop(target, mode);
  }

  allocatePayload(byteLength: number): Payload | undefined {
    return this.#context.allocatePayload(byteLength);
  }

  /** The system ends: whoever still watches learns that. */
  close(): void {
    for (const settle of this.#watches.values()) settle({ kind: "shut-down" });
    this.#watches.clear();
  }
}
