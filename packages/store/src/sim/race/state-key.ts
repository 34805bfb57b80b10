// When are two orders at the same point? An actor is deterministic: what it is follows from what it has
// handled, one after the other, while the clock stands still. So two runs whose actors have each handled
// the same are in the same state, whichever actor came first, and the same will become of both. After a
// power cut only the disk counts, and what had been promised by then.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail, Onlooker } from "@multiraft/runtime/testing";
import { crc32c } from "@node-rs/crc32";
import type { LogMail, LogNotice } from "../../log/log-mail.ts";

/** What changes a gate: all else it only passes on, and shows in the actor that gets it. */
const GATE_CHANGES = ["route", "unroute", "directory"];

export class StateKey implements Onlooker {
  readonly #host: string;
  /** By actor of the host, what it has handled. */
  readonly #here = new Map<string, string>();
  /** What was heard elsewhere. */
  #elsewhere = "";
  /** What was promised before the last power cut, and the tablets that were found after it. */
  #past = "";
  /** Of each sender: what it has handed to the log, number by number. */
  readonly #handedIn = new Map<string, Map<number, number>>();
  /** The appends that somebody was told are durable. */
  #promised: string[] = [];
  /** Appends that the log has taken so far, and reports of replicas that their registry has. */
  readonly counts = { appends: 0, reports: 0 };

  constructor(host: string) {
    this.#host = host;
  }

  get value(): string {
    const here = [...this.#here].map(([name, handled]) => `${name}:${handled}`).sort();
    return [this.#past, this.#elsewhere, ...here].join("\n");
  }

  handling(mail: HandledMail): void {
    const { host, actor, life, message, from, bytes } = mail;
    const text = `${JSON.stringify(message)}${bytes === undefined ? "" : crc32c(Buffer.from(bytes))}`;
    if (host !== this.#host) this.#elsewhere = chain(this.#elsewhere, text);
    if (host !== this.#host || message.kind === "store-status" || message.kind === "recover")
      return;
    this.#notePromises(mail);
    if (actor === "registryActor" && message.kind === "region-changed") this.counts.reports += 1;
    if (actor === "gateActor" && !GATE_CHANGES.includes(message.kind)) return;
    const name = `${actor} ${nameOf(life)}`;
    this.#here.set(name, chain(this.#here.get(name) ?? "", `${nameOf(from)} ${text}`));
  }

  powerCut(): void {
    this.#past = this.#promised.sort().join();
    this.#here.clear();
    this.#handedIn.clear();
  }

  /** @param tablets What a start has found there beside the log, which its registry was told. */
  openedWith(tablets: string): void {
    this.#past = chain(this.#past, tablets);
  }

  #notePromises({ actor, life, from, message, bytes }: HandledMail): void {
    if (actor === "logActor" && message.kind === "append") {
      this.counts.appends += 1;
      const { number } = message as LogMail & { kind: "append" };
      const own = this.#handedIn.get(nameOf(from)) ?? new Map<number, number>();
      own.set(number, bytes === undefined ? 0 : crc32c(Buffer.from(bytes)));
      this.#handedIn.set(nameOf(from), own);
    }
    const own = message.kind === "log-durable" ? this.#handedIn.get(nameOf(life)) : undefined;
    for (const [number, checksum] of own ?? [])
      if (number <= (message as LogNotice & { kind: "log-durable" }).number) {
        this.#promised.push(String(checksum));
        own?.delete(number);
      }
  }
}

function nameOf(address: AnyAddress | undefined): string {
  return address === undefined ? "" : `${address.slot}.${address.incarnation}`;
}

/** Two sums side by side: 64 bits for some hundred thousand states. */
function chain(before: string, text: string): string {
  const low = crc32c(`${before}${text}`) >>> 0;
  const high = crc32c(`${text}/${before}`) >>> 0;
  return `${low.toString(36)}.${high.toString(36)}`;
}
