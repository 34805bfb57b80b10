// Who goes next in a run: an explorer says, or, where the run follows a script, the line alone. Whoever is
// paused does not go.
import type { Candidate } from "@multiraft/runtime/testing";
import type { Pauses } from "../faults/pauses.ts";
import type { Explorer } from "./explorer.ts";
import type { WaitingLine } from "./waiting-line.ts";

const ALL = [] as const;

export class Choices {
  readonly #pauses: Pauses;
  readonly #line: WaitingLine | undefined;
  readonly #explorer: Explorer | undefined;
  #some: readonly Candidate[] = ALL;

  /** @param line What becomes of it is written there. @param explorer Undefined: the line chooses. */
  constructor(pauses: Pauses, line: WaitingLine | undefined, explorer: Explorer | undefined) {
    this.#pauses = pauses;
    this.#line = line;
    this.#explorer = explorer;
  }

  /** @returns A place among them; undefined when nobody may go. */
  choose(candidates: readonly Candidate[], nowMs: number): number | undefined {
    const allowed = this.#pauses.allowed(candidates, nowMs);
    this.#line?.see(candidates);
    const some = allowed?.map((place) => candidates[place] as Candidate) ?? candidates;
    if (some.length === 0) return undefined;
    const chosen = this.#explorer?.choose(some) ?? this.#line?.first(some) ?? 0;
    // The candidates are valid only now.
    if (this.#line !== undefined && this.#explorer !== undefined) this.#some = some.slice();
    return allowed === undefined ? chosen : allowed[chosen];
  }

  /** What came of the choice: not always the chosen one, where that has to follow another. */
  taken(candidate: Candidate): void {
    this.#line?.passOver(this.#some, candidate);
    this.#some = ALL;
  }
}
