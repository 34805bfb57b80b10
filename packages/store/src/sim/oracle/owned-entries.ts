// No entry of a registry is changed by the intent of a life that does not own it. The registry is
// asked for its entries around every intent that comes from another life than the region's current
// one.
import type { RegionId } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { Life } from "../../log/record.ts";
import type { LifeStatus, RegistryMail } from "../../registry/registry-mail.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Intent = { readonly life: Life; readonly regionId: RegionId };
type Look = (host: string, regionId: RegionId) => LifeStatus | undefined;

export class OwnedEntries implements Oracle {
  readonly #scene: Scene;
  readonly #look: Look;
  /** An intent of another life that was let in, and what the entry was before. */
  #open:
    | { readonly host: string; readonly regionId: RegionId; readonly before: string }
    | undefined;
  #isLooking = false;

  /** @param look Asks a registry, which takes no other step meanwhile. */
  constructor(scene: Scene, look: Look) {
    this.#scene = scene;
    this.#look = look;
  }

  handling(mail: HandledMail): void {
    if (this.#isLooking) return;
    this.check();
    const intent = intentIn(mail);
    if (intent === undefined) return;
    const { regionId, life } = intent;
    const owner = this.#scene.shadow.current(mail.host, regionId);
    if (owner === undefined || owner.life === life) return;
    this.#open = { host: mail.host, regionId, before: this.#entry(mail.host, regionId) };
  }

  crashed(host: string): void {
    if (this.#open?.host === host) this.#open = undefined;
  }

  /** The last such intent was handled by now. */
  check(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const after = this.#entry(open.host, open.regionId);
    if (after !== open.before)
      this.#scene.violated(
        "owned-entries",
        `${open.host}: another life's intent made ${open.before} into ${after}`,
      );
  }

  #entry(host: string, regionId: RegionId): string {
    this.#isLooking = true;
    const entry = this.#look(host, regionId);
    this.#isLooking = false;
    return JSON.stringify(entry ?? "no entry");
  }
}

/** Who wants to change the entry of which region. */
function intentIn({ actor, message }: HandledMail): Intent | undefined {
  if (actor !== "registryActor") return undefined;
  const mail = message as RegistryMail;
  if (mail.kind === "region-changed") return { life: mail.life, regionId: mail.region.id };
  if (mail.kind === "retire") return { life: mail.life, regionId: mail.tombstone.regionId };
  return undefined;
}
