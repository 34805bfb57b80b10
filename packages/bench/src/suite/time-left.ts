// How long a run takes: before it starts by what its cases say of themselves, then by what they took.
import type { Case } from "./case.ts";

/** Of a case that says nothing: a process starts, warms up and repeats its work for a second or so each. */
const ROUND_SECONDS = 3;

export class TimeLeft {
  readonly #rounds: number;
  readonly #seconds = new Map<Case, number[]>();

  /** @param cases Those that are not absent. @param rounds Of each. */
  constructor(cases: readonly Case[], rounds: number) {
    this.#rounds = rounds;
    for (const one of cases) this.#seconds.set(one, []);
  }

  ended(one: Case, seconds: number): void {
    this.#seconds.get(one)?.push(seconds);
  }

  get seconds(): number {
    const pace = this.#pace;
    return [...this.#seconds]
      .map(([one, took]) => (this.#rounds - took.length) * (meanOf(took) ?? pace * guessOf(one)))
      .reduce((sum, seconds) => sum + seconds, 0);
  }

  /** What cases took over what they said: the machine's share in it is the same for those to come. */
  get #pace(): number {
    let took = 0;
    let said = 0;
    for (const [one, all] of this.#seconds) {
      took += sumOf(all);
      said += all.length * guessOf(one);
    }
    return said === 0 ? 1 : took / said;
  }
}

/** `about 7 min`; below that it is said in seconds. */
export function aboutText(seconds: number): string {
  return seconds < 90 ? `about ${Math.ceil(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}

function guessOf({ roundSeconds = ROUND_SECONDS }: Case): number {
  return roundSeconds;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sumOf(values) / values.length;
}
