// A store's gate on one thread: all mail between stores for the replicas of that thread passes here.
// It resolves (region, to peer) to one life when the mail arrives; what it cannot resolve goes to the
// registry. Routes are changed by the registry alone.

import type { PeerId, RegionId, StoreId } from "@multiraft/pd/protocol";
import {
  type ActorBehavior,
  type ActorContext,
  type Address,
  defineActor,
  type Envelope,
  type Payload,
  unreachable,
} from "@multiraft/runtime";
import type { Life } from "../log/record.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { RegistryMail } from "../registry/registry-mail.ts";
import type { GateMail, GateStatus } from "./gate-mail.ts";
import { GatePulses } from "./gate-pulses.ts";
import { placeOf } from "./placement.ts";
import type { PulseLimits } from "./pulses.ts";
import { RAFT_MAIL_LAYOUT, RAFT_PEER_LAYOUT, RAFT_SEND_LAYOUT } from "./raft-mail-layout.ts";
import type { RegionMail } from "./region-mail.ts";
import { ruleMatches, ruleMatchesPulse, type TransportRule } from "./transport-rule.ts";

export type GateArgs = {
  readonly storeId: StoreId;
  readonly registry: Address<RegistryMail>;
  readonly pulse: PulseLimits;
  /** Testing: rules that hold from the first mail on. */
  readonly rules?: readonly TransportRule[];
};

type RouteEntry = {
  readonly peerId: PeerId;
  readonly life: Life;
  readonly address: Address<PeerMail>;
};

type Held = {
  readonly rule: TransportRule;
  readonly mail: RegionMail;
  readonly payload: Payload | undefined;
  readonly dueMs: number;
};

/** Mail a rule may keep back: a test that holds more has lost its way. */
const HELD_MAX = 100_000;

const AS_RAFT_MAIL = { layout: RAFT_MAIL_LAYOUT };
const AS_RAFT_TO_PEER = { layout: RAFT_PEER_LAYOUT };

class Gate implements ActorBehavior<GateMail> {
  readonly #context: ActorContext<GateMail>;
  readonly #args: GateArgs;
  readonly #routes = new Map<RegionId, RouteEntry>();
  readonly #stores = new Map<StoreId, readonly Address<GateMail>[]>();
  readonly #pulses: GatePulses;
  readonly #rules = new Map<number, TransportRule>();
  #held: Held[] = [];
  readonly #drops = new Map<string, number>();

  constructor(context: ActorContext<GateMail>, args: GateArgs) {
    this.#context = context;
    this.#args = args;
    this.#pulses = new GatePulses(context, args, this.#stores);
    for (const rule of args.rules ?? []) this.#rules.set(rule.id, rule);
    context.lease.hold("held mail", () => {
      for (const { payload } of this.#held) payload?.release();
    });
  }

  receive(mail: GateMail, envelope: Envelope): void {
    switch (mail.kind) {
      case "send":
        return this.#send(mail.mail, envelope);
      case "receive":
        return this.#receive(mail.mail, envelope);
      case "client":
        return this.#client(mail, envelope);
      case "route": {
        const { peerId, life, address } = mail;
        this.#routes.set(mail.regionId, { peerId, life, address });
        return;
      }
      case "unroute":
        this.#pulses.woke(mail);
        if (this.#routes.get(mail.regionId)?.life === mail.life) this.#routes.delete(mail.regionId);
        return;
      case "sleeps":
        return this.#pulses.sleeps(mail);
      case "woke":
        return this.#pulses.woke(mail);
      case "pulse":
        if (this.#isCutOff(mail)) return this.#drop("testing-rule");
        return this.#pulses.heard(mail);
      case "beat":
        return this.#pulses.beat();
      case "rouse":
        return this.#pulses.rouseSome();
      case "directory":
        this.#stores.clear();
        for (const { storeId, gates } of mail.stores) this.#stores.set(storeId, gates);
        return;
      case "set-rule":
        this.#rules.set(mail.rule.id, mail.rule);
        return this.#answer(envelope, null);
      case "end-rule":
        return this.#answer(envelope, { held: this.#endRule(mail.ruleId, mail.held) });
      case "gate-status":
        return this.#answer(envelope, this.#status());
      case "due":
        return this.#deliverDue();
      default:
        unreachable(mail);
    }
  }

  #send(mail: RegionMail, envelope: Envelope): void {
    const gates = this.#stores.get(mail.toStore);
    const gate = gates?.[placeOf(mail.regionId, mail.toStore, gates.length)];
    if (gate === undefined) return this.#drop("unknown-store");
    if (mail.kind === "raft")
      return this.#context.tell(gate, { kind: "receive", mail }, AS_RAFT_MAIL);
    this.#context.forward(gate, { kind: "receive", mail }, envelope);
  }

  #receive(mail: RegionMail, envelope: Envelope): void {
    for (const rule of this.#rules.values()) {
      if (!ruleMatches(rule, mail)) continue;
      if (rule.action.kind === "drop") return this.#drop("testing-rule");
      return this.#hold(rule, mail, envelope.takePayload());
    }
    this.#pass(mail, envelope.takePayload());
  }

  /** The next pulse comes soon: one that would be held, or slow, is not missed. */
  #isCutOff(pulse: GateMail & { kind: "pulse" }): boolean {
    for (const rule of this.#rules.values())
      if (rule.action.kind !== "slow" && ruleMatchesPulse(rule, pulse)) return true;
    return false;
  }

  #pass(mail: RegionMail, payload: Payload | undefined): void {
    const route = this.#routes.get(mail.regionId);
    if (route?.peerId === mail.to && mail.kind === "raft" && payload === undefined)
      return this.#context.tell(route.address, mail, AS_RAFT_TO_PEER);
    const options = payload === undefined ? {} : { payload };
    if (route?.peerId === mail.to) this.#context.tell(route.address, mail, options);
    else this.#context.tell(this.#args.registry, { kind: "unrouted", mail }, options);
  }

  #client(mail: GateMail & { kind: "client" }, envelope: Envelope): void {
    const route = this.#routes.get(mail.regionId);
    if (route === undefined) return this.#answer(envelope, { kind: "region-not-found" });
    this.#context.forward(route.address, mail.request, envelope);
  }

  #hold(rule: TransportRule, mail: RegionMail, payload: Payload | undefined): void {
    if (this.#held.length === HELD_MAX) {
      payload?.release();
      return this.#drop("held-too-much");
    }
    const delayMs = rule.action.kind === "slow" ? rule.action.delayMs : Number.POSITIVE_INFINITY;
    const dueMs = this.#context.environment.clock.nowMs() + delayMs;
    this.#held.push({ rule, mail, payload, dueMs });
    if (rule.action.kind === "slow") this.#scheduleDue();
  }

  #scheduleDue(): void {
    const dueMs = Math.min(...this.#held.map((held) => held.dueMs));
    if (!Number.isFinite(dueMs)) return;
    const delayMs = Math.max(0, dueMs - this.#context.environment.clock.nowMs());
    this.#context.setTimer("due", delayMs, { kind: "due" });
  }

  #deliverDue(): void {
    const nowMs = this.#context.environment.clock.nowMs();
    const due = this.#held.filter((held) => held.dueMs <= nowMs);
    this.#held = this.#held.filter((held) => held.dueMs > nowMs);
    for (const { mail, payload } of due) this.#pass(mail, payload);
    this.#scheduleDue();
  }

  #endRule(ruleId: number, fate: "deliver" | "drop"): number {
    this.#rules.delete(ruleId);
    const held = this.#held.filter(({ rule }) => rule.id === ruleId);
    this.#held = this.#held.filter(({ rule }) => rule.id !== ruleId);
    for (const { mail, payload } of held) {
      if (fate === "deliver") this.#pass(mail, payload);
      else {
        payload?.release();
        this.#drop("testing-rule");
      }
    }
    return held.length;
  }

  #drop(reason: string): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }

  #status(): GateStatus {
    const heldByRule: Record<number, number> = {};
    for (const { rule } of this.#held) heldByRule[rule.id] = (heldByRule[rule.id] ?? 0) + 1;
    return {
      routes: this.#routes.size,
      sleeping: this.#pulses.sleeping,
      heldByRule,
      drops: Object.fromEntries(this.#drops),
    };
  }

  #answer(envelope: Envelope, value: unknown): void {
    if (envelope.reply !== undefined) this.#context.reply(envelope.reply, value);
  }
}

export const gateActor = defineActor<GateMail, GateArgs>({
  url: import.meta.url,
  name: "gateActor",
  layouts: [RAFT_SEND_LAYOUT, RAFT_MAIL_LAYOUT],
  create: (context, args) => new Gate(context, args),
});
