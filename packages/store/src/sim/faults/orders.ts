// The last orders of the placement driver, so that an old one can be given again: acting twice, late, or
// on what it believed once.
import type { PdOrder } from "@multiraft/pd/protocol";
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail, Onlooker } from "@multiraft/runtime/testing";

export type GivenOrder = { readonly to: AnyAddress; readonly order: PdOrder };

const KEPT = 64;

export class Orders implements Onlooker {
  readonly given: GivenOrder[] = [];

  handling({ message, life }: HandledMail): void {
    if (message.kind !== "pd-order") return;
    this.given.push({ to: life, order: message as PdOrder });
    if (this.given.length > KEPT) this.given.shift();
  }
}
