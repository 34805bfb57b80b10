// The control plane of one actor thread: what the coordinator may ask of it, never often, never for mail.
// Failures come back as values, since an Error loses its code on the way.
import type { AnyAddress } from "../actor/address.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { ErrorData, SpawnOutcome } from "../actor/outcome.ts";
import { MessageCodec } from "../codec/message-codec.ts";
import type { AnyDefinition } from "../kernel/kernel-options.ts";
import type { ModuleSource } from "./module-source.ts";
import type { ThreadLinkEnd } from "./peer-link.ts";
import type { ThreadHost, ThreadReport } from "./thread-host.ts";

export type SpawnRequest = {
  readonly url: string;
  readonly name: string;
  /** Encoded, so that they mean the same as in a spawn by an actor. */
  readonly args: Uint8Array;
  readonly mailboxMessagesMax: number | undefined;
  /** The thread exists for this actor and ends with it. */
  readonly isDedicated: boolean;
};

export class ThreadControl {
  readonly #host: ThreadHost;
  readonly #modules: ModuleSource;
  readonly #codec = new MessageCodec();
  /** The thread ends with this actor. */
  dedicatedTo: AnyAddress | undefined;

  constructor(host: ThreadHost, modules: ModuleSource) {
    this.#host = host;
    this.#modules = modules;
  }

  async spawn(request: SpawnRequest): Promise<SpawnOutcome<AnyAddress>> {
    try {
      const { url, name } = request;
      return this.#spawn(await this.#modules.find<AnyDefinition>(url, name, "create"), request);
    } catch (error) {
      return { kind: "failed", error: toErrorData(error) };
    }
  }

  join(end: ThreadLinkEnd): void {
    this.#host.join(end);
  }

  detach(thread: number, error: ErrorData | undefined): void {
    this.#host.detach(thread, error);
  }

  settle(thread: number): void {
    this.#host.settle(thread);
  }

  bury(thread: number, arenaId: number): void {
    this.#host.bury(thread, arenaId);
  }

  shutDown(): Promise<void> {
    return this.#host.shutDown();
  }

  inspect(): ThreadReport {
    return this.#host.inspect();
  }

  holdMail(address: AnyAddress, kinds: readonly string[]): void {
    this.#host.kernel.holdMail(address, kinds);
  }

  releaseMail(address: AnyAddress): void {
    this.#host.kernel.releaseMail(address);
    this.#host.loop.nudge();
  }

  #spawn(definition: AnyDefinition, request: SpawnRequest): SpawnOutcome<AnyAddress> {
    const { args, mailboxMessagesMax, isDedicated } = request;
    const options = mailboxMessagesMax === undefined ? {} : { mailboxMessagesMax };
    const given = this.#codec.decode(args, args.length);
    const outcome = this.#host.kernel.spawn(definition, given, options);
    if (isDedicated && outcome.kind === "spawned") this.dedicatedTo = outcome.address;
    this.#host.loop.nudge();
    return outcome;
  }
}
