// What other tenants of the host took from this virtual machine while something was measured: Linux counts it as
// stolen. Figures of an hour in which much was stolen say little, however quiet the machine itself was.
import { readFileSync } from "node:fs";

/** Of the first line of `/proc/stat`: `cpu`, then user, nice, system, idle, iowait, irq, softirq and steal. */
const STEAL = 7;

type Ticks = { readonly all: number; readonly stolen: number };

export class StolenTime {
  readonly #read: () => string;
  readonly #start: Ticks | undefined;

  /** @param read What `/proc/stat` says; throws where there is none. */
  constructor(read: () => string = () => readFileSync("/proc/stat", "utf8")) {
    this.#read = read;
    this.#start = this.#ticks();
  }

  /** Of the CPU time of all cores since the start; undefined where nobody tells. */
  share(): number | undefined {
    const now = this.#ticks();
    if (this.#start === undefined || now === undefined) return undefined;
    const all = now.all - this.#start.all;
    return all === 0 ? 0 : (now.stolen - this.#start.stolen) / all;
  }

  #ticks(): Ticks | undefined {
    try {
      const [first = ""] = this.#read().split("\n");
      const numbers = first
        .trim()
        .split(/\s+/)
        .slice(1, STEAL + 2)
        .map(Number);
      const stolen = numbers[STEAL];
      if (stolen === undefined || numbers.some(Number.isNaN)) return undefined;
      return { all: numbers.reduce((sum, ticks) => sum + ticks, 0), stolen };
    } catch {
      return undefined;
    }
  }
}
