// The way to a replica is taken back when its actor has ended, before there is another: a gate is never told
// of a new one while it still has the one before.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { GateMail } from "../../transport/gate-mail.ts";
import { nameOf, type Oracle, type Scene } from "./oracle.ts";

type Route = { readonly life: number; readonly address: string };

export class Routes implements Oracle {
  readonly #scene: Scene;
  /** By gate and region. */
  readonly #routes = new Map<string, Route>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling({ host, actor, life: gate, message }: HandledMail): void {
    if (actor !== "gateActor") return;
    const mail = message as GateMail;
    if (mail.kind !== "route" && mail.kind !== "unroute") return;
    const key = `${nameOf(gate)} ${mail.regionId}`;
    const before = this.#routes.get(key);
    if (mail.kind === "unroute") {
      if (before?.life === mail.life) this.#routes.delete(key);
      return;
    }
    const { life } = mail;
    this.#routes.set(key, { life, address: nameOf(mail.address) });
    if (before === undefined) return;
    const what = `the way to life ${life} of region ${mail.regionId} replaced that to life ${before.life}`;
    this.#scene.violated("routes", `${host}: ${what}, which nobody had taken back`);
  }
}
