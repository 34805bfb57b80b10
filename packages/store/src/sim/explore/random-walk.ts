// Any step is as likely as any other; or any actor, however much waits for it.
import type { Random } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";
import type { Explorer } from "./explorer.ts";

/** Draws of an actor before the last draw is taken as it is. */
const DRAWS_MAX = 3;

export class RandomWalk implements Explorer {
  readonly name: string;
  readonly #random: Random;
  readonly #isByActor: boolean;
  #last = "";

  constructor(random: Random, by: "step" | "actor") {
    this.name = by === "actor" ? "actor walk" : "random walk";
    this.#random = random;
    this.#isByActor = by === "actor";
  }

  choose(candidates: readonly Candidate[]): number {
    let drawn = this.#random.below(candidates.length);
    if (!this.#isByActor) return drawn;
    for (let draw = 1; draw < DRAWS_MAX && keyAt(candidates, drawn) === this.#last; draw += 1)
      drawn = this.#random.below(candidates.length);
    this.#last = keyAt(candidates, drawn);
    return drawn;
  }
}

function keyAt(candidates: readonly Candidate[], place: number): string {
  return candidates[place]?.actorKey ?? "";
}
