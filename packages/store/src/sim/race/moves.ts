// One step of a run, exactly: what an order leaves open about a crash (what of the writes under way the
// disk has kept, whether a report was still on its way) is said here.
import type { PowerCut } from "./race-run.ts";
import type { Happening, RaceEvent } from "./table.ts";

export type Move =
  | { readonly kind: "event"; readonly event: RaceEvent }
  /** Between two events. */
  | { readonly kind: "power"; readonly cut: PowerCut }
  /** Within an event: so many of its appends are durable, with what followed from them. */
  | { readonly kind: "event-power"; readonly event: RaceEvent; readonly appends: number }
  | { readonly kind: "failure" }
  /** What p reported at the event is late: it comes when everything else is over. */
  | { readonly kind: "event-failure"; readonly event: RaceEvent };

/** The happenings of an order that a move stands for. */
export function happeningsOf(move: Move): readonly Happening[] {
  switch (move.kind) {
    case "event":
      return [move.event];
    case "power":
      return ["power is cut"];
    case "event-power":
      return [move.event, "power is cut"];
    case "failure":
      return ["replica p fails"];
    case "event-failure":
      return [move.event, "replica p fails"];
  }
}

export function describeMoves(moves: readonly Move[]): string {
  return moves.map(describeMove).join(", ");
}

function describeMove(move: Move): string {
  switch (move.kind) {
    case "event":
      return move.event;
    case "power":
      return `power is cut (${move.cut.waiting} waiting appends and ${move.cut.kept} kept)`;
    case "event-power":
      return `${move.event}, power is cut after ${move.appends} of its appends`;
    case "failure":
      return "replica p fails";
    case "event-failure":
      return `${move.event}, replica p fails with its report on the way`;
  }
}
