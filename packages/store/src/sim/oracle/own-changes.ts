// A change of membership is applied to the membership that it was made for, and to no other: each step that a
// replica says it has taken was proposed for the step before, in that replica's own log.
import type { RegionEpoch } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { Generation, LoggedEntry } from "../../log/record.ts";
import { decodeCommand } from "../../operation/command.ts";
import { fromLogged } from "../../peer/logged-entry.ts";
import { confChangeOf } from "../../raft/index.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Known = { readonly generation: Generation; readonly confVer: number };

const NORMAL = 0;

export class OwnChanges implements Oracle {
  readonly #scene: Scene;
  /** By host and life: the memberships that changes in its log were made for. */
  readonly #madeFor = new Map<string, Set<number>>();
  readonly #known = new Map<string, Known>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "registryActor") this.#onRegion(mail.host, mail.message as RegistryMail);
    if (mail.actor !== "logActor") return;
    for (const record of this.#scene.shadow.recordsIn(mail))
      if (record.kind === "entries")
        for (const entry of record.entries) this.#note(`${mail.host} ${record.life}`, entry);
  }

  #note(life: string, entry: LoggedEntry): void {
    const epoch = entry.type === NORMAL ? undefined : epochOf(entry);
    if (epoch === undefined) return;
    const madeFor = this.#madeFor.get(life) ?? new Set<number>();
    this.#madeFor.set(life, madeFor.add(epoch.confVer));
  }

  /** What came with an install was changed by others. */
  #onRegion(host: string, mail: RegistryMail): void {
    if (mail.kind !== "region-changed") return;
    const { life, generation, region } = mail;
    const name = `${host} ${life}`;
    const { confVer } = region.epoch;
    const before = this.#known.get(name);
    this.#known.set(name, { generation, confVer });
    if (before?.generation !== generation) return;
    for (let step = before.confVer; step < confVer; step += 1)
      if (this.#madeFor.get(name)?.has(step) !== true) {
        const what = `${host}: life ${life} of region ${region.id} left membership ${step}`;
        this.#scene.violated("own-changes", `${what} by a change that was not made for it`);
      }
  }
}

function epochOf(entry: LoggedEntry): RegionEpoch | undefined {
  const context = confChangeOf(fromLogged(entry))?.context;
  const command = context && decodeCommand(context);
  return command?.kind === "membership" ? command.epoch : undefined;
}
