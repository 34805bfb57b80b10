// The pulses of a gate as mail: to which gate of another store they go, as whose, and what its replicas are told.
import type { StoreId } from "@multiraft/pd/protocol";
import { type ActorContext, type Address, sameAddress } from "@multiraft/runtime";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { GateMail } from "./gate-mail.ts";
import { counterpartOf } from "./placement.ts";
import { type Pulse, type PulseLimits, Pulses } from "./pulses.ts";

type Stores = ReadonlyMap<StoreId, readonly Address<GateMail>[]>;

export class GatePulses {
  readonly #context: ActorContext<GateMail>;
  readonly #storeId: StoreId;
  readonly #stores: Stores;
  readonly #incarnation: string;
  readonly #pulses: Pulses<Address<PeerMail>>;
  #lastNumber = 0;

  /** @param stores As the directory says; read anew each time. */
  constructor(
    context: ActorContext<GateMail>,
    { storeId, pulse }: { readonly storeId: StoreId; readonly pulse: PulseLimits },
    stores: Stores,
  ) {
    this.#context = context;
    this.#storeId = storeId;
    this.#stores = stores;
    const { clock, random } = context.environment;
    // Neither alone will do: clocks of machines jump, and a process that starts may draw what another has drawn.
    this.#incarnation = `${random.fork("pulses").below(2 ** 32)}@${clock.nowMs()}`;
    this.#pulses = new Pulses(pulse, {
      send: (to) => this.#send(to),
      rouse: (replica, reason) => context.tell(replica, { kind: "rouse", reason }),
      setTimer: (kind, delayMs) => context.setTimer(kind, delayMs, { kind }),
    });
  }

  get sleeping(): number {
    return this.#pulses.sleeping;
  }

  /** Where its stores have no gate that would answer for it, it is not watched over. */
  sleeps({ regionId, life, replica, sleep, stores }: GateMail & { kind: "sleeps" }): void {
    this.#pulses.sleeps({ regionId, life, replica, stores });
    this.#context.tell(replica, { kind: "watched", sleep });
  }

  woke({ regionId, life }: GateMail & { kind: "woke" | "unroute" }): void {
    this.#pulses.woke(regionId, life);
  }

  heard(pulse: Pulse): void {
    this.#pulses.heard(pulse);
  }

  beat(): void {
    this.#pulses.beat();
  }

  rouseSome(): void {
    this.#pulses.rouseSome();
  }

  #send(to: StoreId): void {
    const gate = this.#counterpartAt(to);
    if (gate === undefined) return;
    this.#lastNumber += 1;
    this.#context.tell(gate, {
      kind: "pulse",
      fromStore: this.#storeId,
      toStore: to,
      incarnation: this.#incarnation,
      number: this.#lastNumber,
    });
  }

  /** Undefined where the two have another number of gates: replicas that share groups with that store wake. */
  #counterpartAt(to: StoreId): Address<GateMail> | undefined {
    const own = this.#stores.get(this.#storeId) ?? [];
    const theirs = this.#stores.get(to) ?? [];
    const place = own.findIndex((gate) => sameAddress(gate, this.#context.self));
    if (place < 0 || own.length !== theirs.length) return undefined;
    return theirs[counterpartOf(place, this.#storeId, to, own.length)];
  }
}
