// What a test does to mail between stores: rules at the gates of the receivers. A rule holds for stores
// that are opened later too, until it is ended.
import type { StoreId } from "@multiraft/pd/protocol";
import type { Address } from "@multiraft/runtime";
import type { ClusterCore } from "../cluster/cluster-core.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import type { TransportRule } from "../transport/transport-rule.ts";

export type MailMatch = TransportRule["match"];

/** A rule that is in force. Ending it twice is harmless. */
export interface NetworkRule {
  readonly id: number;
  /** Pieces of mail it keeps back now. */
  held(): Promise<number>;
  /** Ends it, and lets what it held go on. */
  release(): Promise<void>;
  /** Ends it, and loses what it held. */
  drop(): Promise<void>;
}

const ASK_TIMEOUT_MS = 60_000;

export class Network {
  readonly #core: ClusterCore;
  #lastRule = 0;

  constructor(core: ClusterCore) {
    this.#core = core;
  }

  /** Resolves when every gate knows it; what is on its way already is not touched. */
  async add(match: MailMatch, action: TransportRule["action"]): Promise<NetworkRule> {
    this.#lastRule += 1;
    const id = this.#lastRule;
    const rule: TransportRule = { id, match, action };
    this.#core.rules.set(id, rule);
    await this.#askAll({ kind: "set-rule", rule });
    return {
      id,
      held: () => this.#held(id),
      release: () => this.#end(id, "deliver"),
      drop: () => this.#end(id, "drop"),
    };
  }

  async #end(ruleId: number, held: "deliver" | "drop"): Promise<void> {
    if (!this.#core.rules.delete(ruleId)) return;
    await this.#askAll({ kind: "end-rule", ruleId, held });
  }

  async #held(ruleId: number): Promise<number> {
    const limits = { timeoutMs: ASK_TIMEOUT_MS };
    const asked = this.#gates().map((gate) =>
      this.#core.system.ask(gate, { kind: "gate-status" }, limits),
    );
    const statuses = await Promise.all(asked);
    return statuses.reduce((sum, { heldByRule }) => sum + (heldByRule[ruleId] ?? 0), 0);
  }

  async #askAll(mail: GateMail & { readonly kind: "set-rule" | "end-rule" }): Promise<void> {
    const limits = { timeoutMs: ASK_TIMEOUT_MS };
    await Promise.all(this.#gates().map((gate) => this.#core.system.ask(gate, mail, limits)));
  }

  #gates(): readonly Address<GateMail>[] {
    return this.#core.seats.flatMap(({ host }) => [...(host.actors?.gates ?? [])]);
  }
}

/** From `a` to `b`, and back unless only one way is cut. */
export function between(a: StoreId, b: StoreId, oneWay: boolean): readonly MailMatch[] {
  const there = { fromStore: a, toStore: b };
  return oneWay ? [there] : [there, { fromStore: b, toStore: a }];
}
