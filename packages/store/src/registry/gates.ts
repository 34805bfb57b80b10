// The gates of a store, one a thread: where the mail of a region passes, and where its replica
// lives.
import type { RegionId, StoreId } from "@multiraft/pd/protocol";
import { type ActorContext, type Address, assert } from "@multiraft/runtime";
import type { GateMail } from "../transport/gate-mail.ts";
import { placeOf } from "../transport/placement.ts";
import type { RegistryMail } from "./registry-mail.ts";

export class Gates {
  readonly #context: ActorContext<RegistryMail>;
  readonly #storeId: StoreId;
  #gates: readonly Address<GateMail>[] = [];

  constructor(context: ActorContext<RegistryMail>, storeId: StoreId) {
    this.#context = context;
    this.#storeId = storeId;
  }

  open(gates: readonly Address<GateMail>[]): void {
    this.#gates = gates;
  }

  /** Number of the region's gate, and of its thread among those of the store. */
  placeOf(regionId: RegionId): number {
    return placeOf(regionId, this.#storeId, this.#gates.length);
  }

  of(regionId: RegionId): Address<GateMail> {
    const gate = this.#gates[this.placeOf(regionId)];
    assert(gate !== undefined, "a region without a gate");
    return gate;
  }

  tell(regionId: RegionId, mail: GateMail): void {
    this.#context.tell(this.of(regionId), mail);
  }
}
