// Begins faults at steps that are drawn, or given. Each fault of a run has a number and with it a stream of
// chance of its own, so that a fault that is left out moves no other.
import type { Random } from "@multiraft/runtime";
import { FAULTS, type FaultName } from "./fault.ts";
import type { FaultSite } from "./fault-site.ts";

/** The number says which stream the rest of it is drawn from. */
export type FaultMoment = {
  readonly number: number;
  readonly step: number;
  readonly name: FaultName;
};

export type BegunFault = FaultMoment & {
  readonly atMs: number;
  readonly what: string;
};

const NEVER = Number.POSITIVE_INFINITY;

export class FaultInjector {
  /** Those that found something to be done to. */
  readonly begun: BegunFault[] = [];
  /** All that were tried: who looks for something to break has asked for it. */
  readonly tried: FaultMoment[] = [];
  readonly #names: readonly FaultName[];
  readonly #everySteps: number;
  readonly #random: Random;
  readonly #given: FaultMoment[] | undefined;
  #number = 0;
  #nextStep: number;

  /** @param given Instead of drawn ones. */
  constructor(
    names: readonly FaultName[],
    everySteps: number,
    random: Random,
    given?: readonly FaultMoment[],
  ) {
    this.#names = names;
    this.#everySteps = everySteps;
    this.#random = random;
    this.#given = given && [...given].sort((a, b) => a.step - b.step || a.number - b.number);
    this.#nextStep = this.#given === undefined ? this.#drawGap() : (this.#given[0]?.step ?? NEVER);
  }

  /** Before step `step` of the chaos. */
  beforeStep(step: number, site: FaultSite): void {
    if (step < this.#nextStep || this.#names.length === 0) return;
    if (this.#given === undefined) return this.#drawn(step, site);
    while (step >= this.#nextStep) {
      const moment = this.#given.shift();
      this.#nextStep = this.#given[0]?.step ?? NEVER;
      if (moment !== undefined) this.#begin({ ...moment, step }, site);
    }
  }

  #drawn(step: number, site: FaultSite): void {
    this.#nextStep = step + this.#drawGap();
    const number = this.#number;
    const stream = this.#streamOf(number);
    const name = this.#names[stream.below(this.#names.length)];
    this.#number += 1;
    if (name !== undefined) this.#begin({ number, step, name }, site);
  }

  #begin(moment: FaultMoment, site: FaultSite): void {
    this.tried.push(moment);
    const what = FAULTS[moment.name](site, this.#streamOf(moment.number).fork("site"));
    if (what !== undefined) this.begun.push({ ...moment, atMs: site.nowMs(), what });
  }

  #streamOf(number: number): Random {
    return this.#random.fork(`fault ${number}`);
  }

  #drawGap(): number {
    return 1 + this.#random.below(Math.max(1, 2 * this.#everySteps));
  }
}
