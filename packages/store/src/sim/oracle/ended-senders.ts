// An actor that has ended, and whose life was read for opening it again, changes nothing any more: the log is
// looked at around everything of it that comes late. Otherwise whoever was opened again goes on from a log that
// holds more than it has read.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { RecoveredLog } from "../../log/log-mail.ts";
import type { Life } from "../../log/record.ts";
import { nameOf, type Oracle, type Scene } from "./oracle.ts";

/** Asks a log, which takes no other step meanwhile; undefined where it does not answer. */
export type LookInLog = (host: string) => RecoveredLog | undefined;

/** Something late that is being handled, and what the log held of its life before. */
type Late = {
  readonly host: string;
  readonly sender: AnyAddress;
  readonly life: Life;
  readonly before: string;
};

export class EndedSenders implements Oracle {
  readonly #scene: Scene;
  readonly #look: LookInLog;
  #late: Late | undefined;
  #isLooking = false;

  constructor(scene: Scene, look: LookInLog) {
    this.#scene = scene;
    this.#look = look;
  }

  handling({ host, actor, message, from }: HandledMail): void {
    if (this.#isLooking) return;
    this.check();
    if (actor !== "logActor" || message.kind !== "append" || from === undefined) return;
    const { shadow } = this.#scene;
    const life = shadow.at(from)?.life;
    if (life === undefined || !shadow.isShut(from)) return;
    const before = this.#recordOf(host, life);
    if (before !== undefined) this.#late = { host, sender: from, life, before };
  }

  crashed(host: string): void {
    if (this.#late?.host === host) this.#late = undefined;
  }

  /** What came late was handled by now. */
  check(): void {
    const late = this.#late;
    if (late === undefined) return;
    this.#late = undefined;
    const { host, sender, life, before } = late;
    const after = this.#recordOf(host, life);
    if (after === undefined || after === before) return;
    const what = `what ${nameOf(sender)} had sent before it ended made ${before} into ${after}`;
    this.#scene.violated("ended-senders", `${host}: life ${life}: ${what}`);
  }

  #recordOf(host: string, life: Life): string | undefined {
    this.#isLooking = true;
    const log = this.#look(host);
    this.#isLooking = false;
    if (log === undefined) return undefined;
    return JSON.stringify(log.lives.find((one) => one.life === life) ?? "nothing");
  }
}
