// The placement driver gives an id once, whatever it is for: to a region, a peer or an operator.
import type { PdOrder, Region } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Oracle, Scene } from "./oracle.ts";

/** The first region's, which is older than the driver. */
const GIVEN_BY_HAND = 1;

export class IdsGivenOnce implements Oracle {
  readonly #scene: Scene;
  readonly #uses = new Map<number, string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling({ actor, message }: HandledMail): void {
    if (actor === "registryActor") this.#onRegistry(message as RegistryMail);
    else if (message.kind === "pd-order") this.#onOrder(message as PdOrder);
  }

  #onRegistry(mail: RegistryMail): void {
    if (mail.kind === "region-changed") this.#ofRegion(mail.region);
    if (mail.kind === "split-applied")
      for (const { region } of mail.children) this.#ofRegion(region);
  }

  #ofRegion({ id, peers }: Region): void {
    this.#note(id, "a region");
    for (const peer of peers)
      this.#note(peer.id, `the peer of region ${id} on store ${peer.storeId}`);
  }

  #onOrder({ operatorId, regionId, step }: PdOrder): void {
    // Nobody's operator: an order that a fault made.
    if (operatorId !== 0) this.#note(operatorId, `an operator of region ${regionId}`);
    if (step.kind !== "add-learner") return;
    this.#note(step.peer.id, `the peer of region ${regionId} on store ${step.peer.storeId}`);
  }

  #note(id: number, use: string): void {
    if (id === GIVEN_BY_HAND) return;
    const known = this.#uses.get(id);
    if (known === undefined) this.#uses.set(id, use);
    else if (known !== use) this.#scene.violated("ids-given-once", `${id} is ${known} and ${use}`);
  }
}
