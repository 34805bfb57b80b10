// What each actor of a replica knows to be durable: what it handed to its log and its log has told it of, after
// what was read for it when it was opened.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogMail } from "../../log/log-mail.ts";
import type { LogRecord } from "../../log/record.ts";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import { ByAddress } from "../by-address.ts";
import { recordsIn } from "../shadow.ts";

/** Of one actor. */
export type Durable = {
  /** Handed to the log, and not yet told of. */
  readonly waiting: { readonly number: number; readonly records: readonly LogRecord[] }[];
  lastIndex: number;
  term: number;
  vote: number;
};

export class DurableRecords {
  readonly #byActor = new ByAddress<Durable>();

  /** Whatever happened to it since. */
  of(address: AnyAddress | undefined): Durable | undefined {
    return address && this.#byActor.get(address);
  }

  spawned(address: AnyAddress, { origin }: PeerArgs): void {
    const read = origin.kind === "restart" ? origin.recovered : undefined;
    const { term = 0, vote = 0 } = read?.hardState ?? {};
    const lastIndex = read?.lastIndex ?? 0;
    this.#byActor.set(address, { waiting: [], lastIndex, term, vote });
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "logActor") return this.#noteAppend(mail);
    if (mail.message.kind !== "log-durable") return;
    const durable = this.of(mail.life);
    if (durable !== undefined)
      settle(durable, (mail.message as { readonly kind: string; readonly number: number }).number);
  }

  #noteAppend(mail: HandledMail): void {
    const durable = this.of(mail.from);
    if (durable === undefined || mail.message.kind !== "append") return;
    const { number } = mail.message as LogMail & { readonly kind: "append" };
    durable.waiting.push({ number, records: recordsIn(mail) });
  }
}

/** How far its log reaches at least, whether what waits gets there or not: that may cut off what is durable. */
export function lastIndexAtLeast({ lastIndex, waiting }: Durable): number {
  const later = waiting.flatMap(({ records }) => records.flatMap((one) => lastIndexOf(one) ?? []));
  return Math.min(lastIndex, ...later);
}

function settle(durable: Durable, number: number): void {
  const { waiting } = durable;
  for (let first = waiting[0]; first && first.number <= number; first = waiting[0]) {
    waiting.shift();
    for (const record of first.records) become(durable, record);
  }
}

function become(durable: Durable, record: LogRecord): void {
  durable.lastIndex = lastIndexOf(record) ?? durable.lastIndex;
  if (record.kind !== "hard-state" && record.kind !== "install") return;
  durable.term = record.hardState.term;
  durable.vote = record.hardState.vote;
}

/** Of the log after it; undefined where it changes nothing of that. */
function lastIndexOf(record: LogRecord): number | undefined {
  if (record.kind === "entries") return record.entries.at(-1)?.index ?? 0;
  return record.kind === "install" ? record.index : undefined;
}
