// When are two orders at the same point? An actor is deterministic: what it is follows from what it has
// handled, one after the other, while the clock stands still. So two runs whose actors have each handled
// the same are in the same state, whichever actor came first, and the same will become of both. After a power
// cut only the disk counts, and what had been promised by then.
//
// Four things are no difference. In the log and the registry, how affairs of two lives or regions were
// mixed: `Strands`. Mail that the registry has refused: it has counted it, nothing else. What an actor had
// handled that has ended; what the log and the registry had of a life that is gone, but for its tombstone.
// And which numbers a slot and an incarnation have. None of this is taken on trust: whoever finds a known
// state again compares what can be seen of the two stores (`likeness.ts`).
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail, Onlooker } from "@multiraft/runtime/testing";
import { crc32c } from "@node-rs/crc32";
import type { LogMail, LogNotice } from "../../log/log-mail.ts";
import type { LogRecord } from "../../log/record.ts";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import type { RegistryMail, StoreStatusReply } from "../../registry/registry-mail.ts";
import { recordsIn } from "../shadow.ts";
import { HandedInAppends, strandInLog } from "./handed-in.ts";
import { Strands } from "./strands.ts";

/** What changes a gate: all else it only passes on, and shows in the actor that gets it. */
const GATE_CHANGES = ["route", "unroute", "directory"];
/** Asked by whoever looks on. */
const LOOKS = ["store-status", "recover"];
const ADDRESS = /\{"slot":(\d+),"incarnation":(\d+)\}/g;

/** Asks the registry, which takes no other step meanwhile. */
type Look = () => StoreStatusReply | undefined;

/** It waits for what becomes of it. */
type Knock = { readonly strand: string; readonly text: string; readonly before: string };

export class StateKey implements Onlooker {
  readonly #host: string;
  readonly #look: Look;
  /** By actor of the host, what it has handled. */
  readonly #here = new Map<string, Strands>();
  /** What the actors are called, whatever slots they were given. */
  readonly #names = new Map<string, string>();
  readonly #starts = new Map<string, number>();
  readonly #regionOfLife = new Map<number, number>();
  readonly #handedIn = new HandedInAppends();
  #past = "";
  #knock: Knock | undefined;
  #isLooking = false;
  /** Appends that the log has taken so far, and reports of replicas that their registry has. */
  readonly counts = { appends: 0, reports: 0 };

  constructor(host: string, look: Look) {
    this.#host = host;
    this.#look = look;
  }

  get value(): string {
    this.#settleKnock();
    const here = [...this.#here].map(([name, handled]) => `${name}: ${handled.value}`).sort();
    return [this.#past, ...here].join("\n");
  }

  started(host: string, address: AnyAddress, actor: string, args: unknown): void {
    const life = actor === "peerActor" ? (args as PeerArgs) : undefined;
    if (life !== undefined) this.#regionOfLife.set(life.life, life.regionId);
    const name = life === undefined ? `${host} ${actor}` : `life ${life.life}`;
    const start = this.#starts.get(name) ?? 0;
    this.#starts.set(name, start + 1);
    this.#names.set(keyOf(address), `${name}, start ${start}`);
  }

  ended(_host: string, address: AnyAddress): void {
    this.#here.delete(this.nameOf(address));
  }

  handling(mail: HandledMail): void {
    const { host, actor, message } = mail;
    if (this.#isLooking || host !== this.#host || LOOKS.includes(message.kind)) return;
    if (actor === "gateActor" && !GATE_CHANGES.includes(message.kind)) return;
    const handled = this.#here.get(this.nameOf(mail.life)) ?? new Strands();
    this.#here.set(this.nameOf(mail.life), handled);
    if (actor === "registryActor") this.#atRegistry(mail, handled);
    else if (actor === "logActor") this.#atLog(mail, handled);
    else handled.add("", this.#textOf(mail));
    this.#notePromise(mail);
  }

  powerCut(): void {
    this.#here.clear();
    this.#starts.clear();
    this.#handedIn.powerCut();
    this.#past = this.#handedIn.promised;
    this.#knock = undefined;
  }

  /** @param tablets What a start has found there beside the log, which its registry was told. */
  openedWith(tablets: string): void {
    this.#past = `${this.#past} | ${crc32c(tablets)}`;
  }

  /** The same in every run in which it is the same actor. */
  nameOf(address: AnyAddress | undefined): string {
    if (address === undefined) return "";
    return this.#names.get(keyOf(address)) ?? keyOf(address);
  }

  /** Without the numbers of addresses. */
  textOf(value: unknown): string {
    return JSON.stringify(value).replace(ADDRESS, (_, slot, incarnation) =>
      this.nameOf({ slot: Number(slot), incarnation: Number(incarnation) }),
    );
  }

  #textOf({ from, message, bytes }: HandledMail): string {
    const sum = bytes === undefined ? "" : crc32c(Buffer.from(bytes));
    return `${this.nameOf(from)} ${this.textOf(message)}${sum}`;
  }

  // ---- the registry -------------------------------------------------------------------------------

  #atRegistry(mail: HandledMail, handled: Strands): void {
    this.#settleKnock();
    const message = mail.message as RegistryMail;
    if (message.kind === "region-changed") this.counts.reports += 1;
    const strand = this.#strandInRegistry(mail, message);
    if (message.kind === "unrouted" && strand !== undefined)
      this.#knock = { strand, text: this.#textOf(mail), before: this.#lookNow() };
    else if (message.kind === "removed-tablets" && strand !== undefined)
      handled.beginAgain(strand, `${this.#textOf(mail)} ${withoutCounts(this.#lookNow())}`);
    else if (message.kind === "log-durable") handled.add(strand, this.#coveredBy(mail, message));
    else handled.add(strand, this.#textOf(mail));
  }

  /** Mail that was refused has changed nothing but a count. */
  #settleKnock(): void {
    const knock = this.#knock;
    if (knock === undefined) return;
    this.#knock = undefined;
    const after = this.#lookNow();
    const isRefused =
      after !== knock.before && withoutCounts(after) === withoutCounts(knock.before);
    if (isRefused) return;
    for (const [name, handled] of this.#here)
      if (name.startsWith(`${this.#host} registryActor`)) handled.add(knock.strand, knock.text);
  }

  #lookNow(): string {
    this.#isLooking = true;
    const { refusals, ...shown } = this.#look() ?? { refusals: {} };
    this.#isLooking = false;
    const refused = Object.entries(refusals).filter(([why]) => !why.startsWith("split-child"));
    return `${this.textOf(shown)}${COUNTS}${JSON.stringify(refused)}`;
  }

  #coveredBy({ life }: HandledMail, { number }: LogNotice & { kind: "log-durable" }): string {
    return `durable ${this.#handedIn.coveredBy(life, number).map(({ checksum }) => checksum)}`;
  }

  /**
   * A region's affair leaves the others as they are. A split is of two; whether a snapshot may come in
   * looks at another region's replica, while it is young, which none is here: `splitWaitMs` is 0.
   */
  #strandInRegistry({ life }: HandledMail, mail: RegistryMail): string | undefined {
    switch (mail.kind) {
      case "unrouted":
        return `region ${mail.mail.regionId}`;
      case "may-install":
      case "region-changed":
        return `region ${mail.region.id}`;
      case "retire":
        return `region ${mail.tombstone.regionId}`;
      case "spawned":
      case "ended":
      case "life-read":
      case "removed-tablets":
        return this.#regionOf(mail.life);
      case "log-durable": {
        const covered = this.#handedIn.coveredBy(life, mail.number);
        return onlyOne(covered.flatMap(({ records }) => records.map((one) => this.#ownerOf(one))));
      }
      default:
        return undefined;
    }
  }

  #ownerOf(record: LogRecord): string | undefined {
    if (record.kind === "life") return `region ${record.regionId}`;
    if (record.kind === "tombstone") return `region ${record.tombstone.regionId}`;
    return undefined;
  }

  #regionOf(life: number): string | undefined {
    const regionId = this.#regionOfLife.get(life);
    return regionId === undefined ? undefined : `region ${regionId}`;
  }

  // ---- the log ------------------------------------------------------------------------------------

  #atLog(mail: HandledMail, handled: Strands): void {
    const message = mail.message as LogMail;
    if (message.kind !== "append")
      return handled.add(
        "life" in message ? `life ${message.life}` : undefined,
        this.#textOf(mail),
      );
    this.counts.appends += 1;
    const records = recordsIn(mail);
    const checksum = mail.bytes === undefined ? 0 : crc32c(Buffer.from(mail.bytes));
    if (mail.from !== undefined)
      this.#handedIn.note(mail.from, message.number, { checksum, records });
    const strand = onlyOne(records.map(strandInLog));
    const text = `${this.nameOf(mail.from)} ${checksum}`;
    const [first] = records;
    if (first?.kind === "tombstone" && strand !== undefined) handled.beginAgain(strand, text);
    else handled.add(strand, text);
  }

  #notePromise({ life, message }: HandledMail): void {
    const notice = message as LogNotice;
    if (notice.kind === "log-durable") this.#handedIn.promise(life, notice.number);
  }
}

const COUNTS = " refused ";

function withoutCounts(look: string): string {
  return look.slice(0, look.lastIndexOf(COUNTS));
}

function onlyOne(strands: readonly (string | undefined)[]): string | undefined {
  const [first] = strands;
  return strands.every((strand) => strand === first) ? first : undefined;
}

function keyOf({ slot, incarnation }: AnyAddress): string {
  return `${slot}.${incarnation}`;
}
