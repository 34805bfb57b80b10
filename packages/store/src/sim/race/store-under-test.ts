// One real store on the manual platform: log, governor, registry, gate, and the replicas that come into
// being. Around it nobody: what it sends is written down, what it hears is said by a script.
import { type Address, assert, defineActor, type MessageShape } from "@multiraft/runtime";
import { type HandledMail, type KeptAtCrash, ManualSystem } from "@multiraft/runtime/testing";
import { logActor } from "../../log/log-actor.ts";
import type { LogMail, RecoveredLog } from "../../log/log-mail.ts";
import { DEFAULT_TUNING, type PeerTuning } from "../../peer/tuning.ts";
import { registryActor } from "../../registry/registry.ts";
import type { LifeStatus, RegistryMail, StoreStatusReply } from "../../registry/registry-mail.ts";
import { ALL_REMEDIES, type Remedies, type StoreConfig } from "../../registry/store-config.ts";
import { governorActor, governorArgs } from "../../snapshot/governor.ts";
import { gateActor } from "../../transport/gate.ts";
import type { GateMail } from "../../transport/gate-mail.ts";
import { pulseLimits } from "../../transport/pulses.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import { type TabletOnDisk, tabletsOn } from "../oracle/equal-data.ts";
import { Oracles } from "../oracles.ts";
import { FIRST_REGION, OTHERS, STORE } from "./script.ts";
import { StateKey } from "./state-key.ts";

export const HOST = "store";
const ELSEWHERE = "elsewhere";
const TABLETS = "/tablets";
const SEED = 17_469;
/** Log, governor, registry, gate, parent and child: a slot is used again as soon as it is free. */
const SLOTS = 6;
/** Small: each world has a disk of its own. */
const LOG_OPTIONS = { segmentBytes: 16 * 1_024 };
/** Time stands still but for a few ticks at the end. */
const TUNING: PeerTuning = { ...DEFAULT_TUNING, snapshotPace: "full", splitWaitMs: 0 };

/** All other stores, and the placement driver: it has nothing to say of its own accord. */
const scriptedActor = defineActor<MessageShape, undefined>({
  url: import.meta.url,
  name: "scriptedActor",
  create: (context) => ({
    receive: (_, { reply }) => {
      if (reply !== undefined) context.reply(reply, null);
    },
  }),
});

export type StoreOptions = {
  readonly remedies?: Partial<Remedies>;
  /** Default true; false takes the fourth remedy out. */
  readonly isMailIsolated?: boolean;
};

export class StoreUnderTest {
  readonly system: ManualSystem;
  readonly oracles: Oracles;
  readonly stateKey: StateKey;
  /** What the other stores have heard, in its order. */
  readonly heard: RegionMail[] = [];
  readonly remedies: Remedies;
  readonly #elsewhere: Address<MessageShape>;
  #log: Address<LogMail>;
  #registry: Address<RegistryMail>;
  #gate: Address<GateMail>;

  /** Opened, with a replica of region 1 that has applied nothing yet. */
  constructor({ remedies, isMailIsolated = true }: StoreOptions = {}) {
    this.remedies = { ...ALL_REMEDIES, ...remedies };
    this.system = new ManualSystem({ seed: SEED, slotsPerHost: SLOTS, isMailIsolated });
    this.oracles = new Oracles((_, regionId) => this.#look(regionId));
    this.stateKey = new StateKey(HOST, () => this.#lookAtAll());
    // The key first: it looks at the registry before an oracle has begun to.
    this.system.lookOn(this.stateKey);
    this.system.lookOn(this.oracles);
    this.system.lookOn({ handling: (mail) => this.#listen(mail) });
    this.system.addHost(ELSEWHERE);
    this.#elsewhere = this.system.spawn(ELSEWHERE, scriptedActor, undefined);
    this.system.addHost(HOST);
    this.system.diskOf(HOST).makeDirectory(TABLETS);
    ({ log: this.#log, registry: this.#registry, gate: this.#gate } = this.#open());
    this.system.tell(this.#registry, { kind: "bootstrap-region", region: FIRST_REGION });
    this.system.settle();
  }

  #open() {
    const { system } = this;
    const log = system.spawn(HOST, logActor, { directory: "/log", options: LOG_OPTIONS });
    const governor = system.spawn(HOST, governorActor, governorArgs(TUNING, log));
    const config: StoreConfig = {
      clusterId: "race",
      storeId: STORE,
      opening: 1,
      threads: [],
      engine: "memory",
      tabletDirectory: TABLETS,
      log,
      pd: this.#elsewhere as never,
      governor,
      tuning: TUNING,
      remedies: this.remedies,
    };
    const registry = system.spawn(HOST, registryActor, config);
    const pulse = pulseLimits(TUNING);
    const gate = system.spawn(HOST, gateActor, { storeId: STORE, registry, pulse });
    system.tell(registry, { kind: "gates", gates: [gate] });
    const others = OTHERS.map((storeId) => ({ storeId, gates: [this.#elsewhere as never] }));
    system.tell(gate, {
      kind: "directory",
      stores: [...others, { storeId: STORE, gates: [gate] }],
    });
    return { log, registry, gate };
  }

  /** From another store; it reaches the gate, and is not handled by that. */
  deliver(mail: RegionMail, bytes?: Uint8Array): void {
    const message = { kind: "receive" as const, mail };
    if (bytes === undefined) return void this.system.tell(this.#gate, message);
    const payload = this.system.allocatePayload(bytes.byteLength);
    payload.bytes.set(bytes);
    this.system.tell(this.#gate, message, { payload });
  }

  /** Nothing of what was going on at the store is left. */
  cutPower(kept: KeptAtCrash): void {
    this.oracles.crashed(HOST);
    this.system.crashHost(HOST, kept);
    this.stateKey.powerCut();
  }

  openAgain(): void {
    this.system.restartHost(HOST);
    ({ log: this.#log, registry: this.#registry, gate: this.#gate } = this.#open());
    this.system.settle();
    this.stateKey.openedWith(JSON.stringify(this.tablets()));
  }

  status(): StoreStatusReply {
    return this.#answer(this.#registry, { kind: "store-status" }) as StoreStatusReply;
  }

  /** What the log says now, as it would after a restart. */
  recovered(): RecoveredLog {
    return this.#answer(this.#log, { kind: "recover" }) as RecoveredLog;
  }

  tablets(): TabletOnDisk[] {
    return tabletsOn(STORE, this.system.diskOf(HOST), TABLETS);
  }

  /** Every generation that has a directory, half-built ones included. */
  tabletNames(): string[] {
    return this.system
      .diskOf(HOST)
      .list(TABLETS)
      .map(({ name }) => name);
  }

  /** What a power cut may take back. */
  get unsynced(): readonly string[] {
    return this.system.diskOf(HOST).unsynced;
  }

  tick(): void {
    this.system.advance(TUNING.tickMs);
  }

  #listen({ host, message }: HandledMail): void {
    if (host === ELSEWHERE && message.kind === "receive")
      this.heard.push((message as GateMail & { kind: "receive" }).mail);
  }

  #answer<To extends { readonly kind: string }>(to: Address<To>, message: To): unknown {
    const handle = this.system.ask(to, message as never);
    this.system.settle();
    assert(handle.outcome?.kind === "reply", () => `no answer to ${message.kind}`);
    return handle.outcome.value;
  }

  #look(regionId: number): LifeStatus | undefined {
    return this.#lookAtAll()?.lives.find((life) => life.regionId === regionId);
  }

  /** Takes no step of anybody but the one that answers. */
  #lookAtAll(): StoreStatusReply | undefined {
    const handle = this.system.ask(this.#registry, { kind: "store-status" });
    const asked = this.system
      .pending()
      .find((pending) => pending.kind === "mail" && pending.message.kind === "store-status");
    if (asked !== undefined) this.system.run(asked);
    return handle.outcome?.kind === "reply"
      ? (handle.outcome.value as StoreStatusReply)
      : undefined;
  }
}
