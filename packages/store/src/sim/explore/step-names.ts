// Names of steps that outlast small changes of a run: where, whose, what, and the how manieth of its kind.
// A slot, an incarnation or a place among the candidates would be another one as soon as anything before
// it is.
import type { AnyAddress, MessageShape } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";

/** @returns The region of a replica; undefined for any other actor. */
export type RegionOf = (actor: AnyAddress) => number | undefined;

export class StepNames {
  readonly #regionOf: RegionOf;
  readonly #counts = new Map<string, number>();

  constructor(regionOf: RegionOf) {
    this.#regionOf = regionOf;
  }

  /** Of a step that is seen for the first time. */
  next({ pending }: Candidate): string {
    const region = this.#regionOf(pending.to);
    const actor = region === undefined ? pending.actor : `region ${region}`;
    const kind = `${pending.thread}, ${actor}: ${whatOf(pending)}`;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind} #${count}`;
  }
}

function whatOf(pending: Candidate["pending"]): string {
  switch (pending.kind) {
    case "mail":
      return `${describeMessage(pending.message)}${pending.at === "way" ? " arrives" : ""}`;
    case "signal":
      return pending.signal;
    case "turn-end":
    case "publish":
    case "drain":
      return pending.kind;
    default:
      return `${pending.kind} ${pending.name}`;
  }
}

/** Also what is in it: mail of a region, a Raft message. */
type Nested = MessageShape & {
  readonly mail?: Nested;
  readonly message?: { readonly type?: string };
};

function describeMessage(message: MessageShape): string {
  const { kind, mail, message: inner } = message as Nested;
  if (mail !== undefined) return `${kind} ${describeMessage(mail)}`;
  return typeof inner?.type === "string" ? inner.type : kind;
}
