// What clients saw, as an oracle: at every full check no key may be beyond any order, and at the end most
// keys have to have been judged.
import type { History } from "../history/history.ts";
import type { Verdict } from "../history/linearizable.ts";
import { HistoryWatch } from "../history/watch.ts";
import { Violated } from "./violated.ts";

/** Of a seed's keys: a run in which more were not judged has shown too little. */
const UNDECIDED_SHARE_MAX = 0.5;

export class JudgedHistory {
  /** At the end: keys with a history, and those whose history was too entangled. */
  keys = 0;
  undecidedKeys = 0;
  readonly #watch: HistoryWatch;

  constructor(history: History) {
    this.#watch = new HistoryWatch(history);
  }

  /** @throws Violated */
  look(): void {
    this.#refuse(this.#watch.look());
  }

  /** @throws Violated */
  end(): void {
    const { verdict, keys, undecidedKeys } = this.#watch.end();
    this.keys = keys;
    this.undecidedKeys = undecidedKeys;
    this.#refuse(verdict);
    if (undecidedKeys > keys * UNDECIDED_SHARE_MAX)
      throw new Violated("histories-decided", `${undecidedKeys} of ${keys} keys were not judged`);
  }

  #refuse(verdict: Verdict | undefined): void {
    if (verdict?.kind !== "violated") return;
    const { operation, possible } = verdict;
    const what = `${JSON.stringify(operation)} where ${possible.join(" or ")} could be`;
    throw new Violated("linearizable", what);
  }
}
