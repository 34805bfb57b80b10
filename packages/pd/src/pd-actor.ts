// The actor that hosts the placement driver: time in, effects out, and the durable record before
// anything that depends on it. Synchronous: a save blocks its thread for one small write, about once
// in 1,000 ids or 5 s of timestamps.
import {
  type ActorBehavior,
  type ActorContext,
  defineActor,
  type Envelope,
  type ReplyToken,
  toErrorData,
} from "@multiraft/runtime";
import type { PdEffects } from "./driver/effects.ts";
import { PdDirectory } from "./driver/pd-directory.ts";
import { openPd, type PdState } from "./driver/pd-state.ts";
import { step } from "./driver/step.ts";
import { type PdOptions, pdOptions } from "./pd-options.ts";
import type { PdMail } from "./protocol/pd-mail.ts";

export type PdArgs = {
  /**
   * Undefined: nothing survives this life. Good for a cluster that lives no longer than its driver;
   * with any other, ids and timestamps would come again.
   */
  readonly directory: string | undefined;
  /**
   * The directory is within one that whoever asks has locked: none of its own is taken, which a thread
   * that dies would leave to a process that lives on.
   */
  readonly isLockedOutside?: boolean;
  /** Stores of this cluster exist: without its record a driver would give their ids and timestamps again. */
  readonly isRecordExpected?: boolean;
  readonly options?: Partial<PdOptions>;
};

/** @throws PdError at the spawn for a directory of another version, or one whose record is damaged or gone. */
export const pdActor = defineActor<PdMail, PdArgs>({
  url: import.meta.url,
  name: "pdActor",
  create: (context, args) => new PdHost(context, args),
});

class PdHost implements ActorBehavior<PdMail> {
  readonly #context: ActorContext<PdMail>;
  readonly #directory: PdDirectory | undefined;
  readonly #state: PdState;

  constructor(context: ActorContext<PdMail>, args: PdArgs) {
    const { directory, isLockedOutside, isRecordExpected = false, options } = args;
    this.#context = context;
    const { clock, disk } = context.environment;
    this.#directory =
      directory === undefined ? undefined : new PdDirectory(disk, directory, isLockedOutside);
    context.lease.hold("placement driver's directory", () => this.#directory?.close());
    const record = this.#directory?.load(isRecordExpected);
    this.#state = openPd(pdOptions(options), record, clock.nowMs());
    this.#armTick();
  }

  /** A save that fails ends this life unanswered: what it has promised itself is not durable. */
  receive(mail: PdMail, envelope: Envelope): void {
    const { clock } = this.#context.environment;
    const effects = step(this.#state, { mail, nowMs: clock.nowMs(), wallMs: clock.wallMs() });
    if (effects.save !== undefined) this.#directory?.save(effects.save);
    for (const { to, order } of effects.orders) this.#context.tell(to, order);
    if (envelope.reply !== undefined && effects.reply !== undefined)
      this.#answer(envelope.reply, effects.reply);
    if (mail.kind === "tick") this.#armTick();
  }

  #answer(token: ReplyToken, reply: NonNullable<PdEffects["reply"]>): void {
    if (reply.kind === "value") this.#context.reply(token, reply.value);
    else this.#context.replyError(token, toErrorData(reply.error));
  }

  #armTick(): void {
    this.#context.setTimer("tick", this.#state.options.tickMs, { kind: "tick" });
  }
}
