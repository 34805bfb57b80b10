// Never two lives of one region on a store, and no replica that did not come through the registry's
// door: a life is made new once, and its log knows of it before.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { Incarnation } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

export class OneCreationPath implements Oracle {
  readonly #scene: Scene;
  readonly #admitted = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started({ host, regionId, life, isNew }: Incarnation): void {
    const { shadow, violated } = this.#scene;
    const lives = shadow.running(host, regionId).map((one) => one.life);
    if (lives.length > 1)
      violated("one-creation-path", `${host} runs lives ${lives.join(" and ")} of ${regionId}`);
    if (isNew && shadow.ofLife(host, life).length > 1)
      violated("one-creation-path", `${host} made life ${life} twice`);
    if (!this.#admitted.has(`${host} ${life}`))
      violated("one-creation-path", `${host} made life ${life}, which its log does not know`);
  }

  handling(mail: HandledMail): void {
    if (mail.actor !== "logActor") return;
    for (const record of this.#scene.shadow.recordsIn(mail))
      if (record.kind === "life") this.#admitted.add(`${mail.host} ${record.life}`);
  }
}
