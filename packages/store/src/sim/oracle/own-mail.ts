// No handler ever runs with the mail of another incarnation.
import { sameAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import { nameOf, type Oracle, type Scene } from "./oracle.ts";

export class OwnMail implements Oracle {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling({ host, actor, life, addressedTo, message }: HandledMail): void {
    if (sameAddress(life, addressedTo)) return;
    const what = `${message.kind} for ${nameOf(addressedTo)} reached ${actor} ${nameOf(life)}`;
    this.#scene.violated("own-mail", `${host}: ${what}`);
  }
}
