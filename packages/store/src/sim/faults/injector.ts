// Begins faults at steps that are drawn from a stream of their own, so that a fault that is left out moves
// no other. Each fault of a run has a number, by which it can be left out when the run is made smaller.
import type { Random } from "@multiraft/runtime";
import { FAULTS, type FaultName } from "./fault.ts";
import type { FaultSite } from "./fault-site.ts";

export type BegunFault = {
  readonly number: number;
  readonly step: number;
  readonly atMs: number;
  readonly name: FaultName;
  readonly what: string;
};

export class FaultInjector {
  readonly begun: BegunFault[] = [];
  readonly #names: readonly FaultName[];
  readonly #everySteps: number;
  readonly #random: Random;
  readonly #leftOut: ReadonlySet<number>;
  #number = 0;
  #nextStep: number;

  constructor(
    names: readonly FaultName[],
    everySteps: number,
    random: Random,
    leftOut: ReadonlySet<number>,
  ) {
    this.#names = names;
    this.#everySteps = everySteps;
    this.#random = random;
    this.#leftOut = leftOut;
    this.#nextStep = this.#drawGap();
  }

  /** Before step `step` of the chaos. @returns True when one began. */
  beforeStep(step: number, site: FaultSite): boolean {
    if (step < this.#nextStep || this.#names.length === 0) return false;
    this.#nextStep = step + this.#drawGap();
    const number = this.#number;
    this.#number += 1;
    const random = this.#random.fork(`fault ${number}`);
    const name = this.#names[random.below(this.#names.length)];
    if (name === undefined || this.#leftOut.has(number)) return false;
    const what = FAULTS[name](site, random);
    if (what === undefined) return false;
    this.begun.push({ number, step, atMs: site.nowMs(), name, what });
    return true;
  }

  #drawGap(): number {
    return 1 + this.#random.below(Math.max(1, 2 * this.#everySteps));
  }
}
