// The placement driver's state machine with a host that may crash after any write, before anything is
// sent: the worst moment. Asserts that no id and no timestamp is ever given twice.
import { assert } from "@multiraft/runtime";
import type { OutgoingOrder } from "../src/driver/effects.ts";
import { decodeRecord, encodeRecord, type PdRecord } from "../src/driver/pd-record.ts";
import { openPd, type PdState } from "../src/driver/pd-state.ts";
import { step } from "../src/driver/step.ts";
import type { PdOptions } from "../src/pd-options.ts";
import {
  compareTimestamps,
  type PdMail,
  type PdOrder,
  type PdStatus,
  type Timestamp,
} from "../src/protocol/index.ts";
import type { Below } from "./seeded-random.ts";
import type { SimulatedTime } from "./simulated-time.ts";

export type DriverSetting = {
  readonly options: PdOptions;
  readonly time: SimulatedTime;
  readonly below: Below;
  /** In 1,000 pieces of mail. */
  readonly crashesPerMille: number;
  readonly crashAtMail: number;
  readonly deliver: (outgoing: OutgoingOrder) => void;
};

export class SimulatedDriver {
  crashes = 0;
  mails = 0;
  readonly #setting: DriverSetting;
  readonly #givenIds = new Set<number>();
  /** By which operator a replica's id was ordered. */
  readonly #orderedPeers = new Map<number, number>();
  #madeBefore = 0;
  #state: PdState;
  #saved: PdRecord | undefined;
  #lastTimestamp: Timestamp | undefined;

  constructor(setting: DriverSetting) {
    this.#setting = setting;
    this.#state = openPd(setting.options, undefined, setting.time.nowMs);
  }

  /** Over all its lives. */
  get operatorsMade(): number {
    return this.#madeBefore + Object.values(this.#state.operators.created).reduce((a, b) => a + b);
  }

  restart(): void {
    this.crashes += 1;
    this.#madeBefore = this.operatorsMade;
    this.#state = openPd(this.#setting.options, this.#saved, this.#setting.time.nowMs);
  }

  /** @returns Undefined when the driver crashed before it answered. */
  tell(mail: PdMail): { readonly answer: unknown } | undefined {
    const { save, orders, reply } = this.#step(mail);
    if (save !== undefined) this.#saved = decodeRecord(encodeRecord(save));
    this.mails += 1;
    if (this.#isCrashTime()) {
      this.restart();
      return undefined;
    }
    for (const outgoing of orders) {
      this.#checkOrder(outgoing.order);
      this.#setting.deliver(outgoing);
    }
    this.#checkInfluence();
    assert(reply?.kind !== "fault", () => `a fault: ${JSON.stringify(mail)}`);
    return { answer: reply?.value };
  }

  /** Asks again after a crash, as a store would. */
  ask(mail: PdMail): unknown {
    for (;;) {
      const result = this.tell(mail);
      if (result !== undefined) return result.answer;
    }
  }

  status(): PdStatus {
    const { reply } = this.#step({ kind: "status" });
    assert(reply?.kind === "value", "no status");
    return reply.value as PdStatus;
  }

  allocateIds(count: number): number {
    const { firstId } = this.ask({ kind: "allocate-ids", count }) as { firstId: number };
    for (let id = firstId; id < firstId + count; id += 1) this.noteGivenId(id);
    return firstId;
  }

  noteGivenId(id: number): void {
    assert(!this.#givenIds.has(id), () => `id ${id} was given twice`);
    this.#givenIds.add(id);
  }

  allocateTimestamp(): void {
    const count = 1 + this.#setting.below(1_000);
    const timestamp = this.ask({ kind: "allocate-timestamps", count }) as Timestamp;
    if (this.#lastTimestamp !== undefined)
      assert(compareTimestamps(timestamp, this.#lastTimestamp) > 0, "a timestamp came again");
    this.#lastTimestamp = timestamp;
  }

  #isCrashTime(): boolean {
    const { below, crashesPerMille, crashAtMail } = this.#setting;
    return below(1_000) < crashesPerMille || this.mails === crashAtMail;
  }

  /** With a wall clock that jumps by minutes both ways. */
  #step(mail: PdMail) {
    const { nowMs } = this.#setting.time;
    const wallMs = 1_000_000 + nowMs + this.#setting.below(240_000) - 120_000;
    return step(this.#state, { mail, nowMs, wallMs });
  }

  /** A replica's id is ordered by one operator only, and was never given to anything else. */
  #checkOrder({ operatorId, step: ordered }: PdOrder): void {
    if (ordered.kind !== "add-learner") return;
    const { id } = ordered.peer;
    if (!this.#orderedPeers.has(id)) this.noteGivenId(id);
    const orderedBy = this.#orderedPeers.get(id) ?? operatorId;
    assert(orderedBy === operatorId, () => `peer ${id} was ordered by two operators`);
    this.#orderedPeers.set(id, operatorId);
  }

  #checkInfluence(): void {
    const { running, expected } = this.#state.operators;
    if (running.length === 0) assert(expected.isZero, "influence without an operator");
  }
}
