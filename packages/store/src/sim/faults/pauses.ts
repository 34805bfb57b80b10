// Threads that stand still or are slow: a whole host, or one actor of it (a replica that applies late).
// Time and mail go on meanwhile.
import type { Candidate } from "@multiraft/runtime/testing";

export class Pauses {
  /** By host or actor: until when, in simulated milliseconds. */
  readonly #until = new Map<string, number>();
  /** By host: it takes a step in one of so many chances. */
  readonly #slow = new Map<string, number>();
  #chances = 0;

  pause(hostOrActor: string, untilMs: number): void {
    this.#until.set(hostOrActor, Math.max(untilMs, this.#until.get(hostOrActor) ?? 0));
  }

  slow(host: string, oneIn: number): void {
    this.#slow.set(host, oneIn);
  }

  endSlow(host: string): void {
    this.#slow.delete(host);
  }

  endAll(): void {
    this.#until.clear();
    this.#slow.clear();
  }

  /** When the first pause ends; infinite when nothing is paused. */
  get nextEndMs(): number {
    return Math.min(...this.#until.values());
  }

  /** Places of those that may go now; undefined when all may. */
  allowed(candidates: readonly Candidate[], nowMs: number): readonly number[] | undefined {
    for (const [key, untilMs] of this.#until) if (untilMs <= nowMs) this.#until.delete(key);
    if (this.#until.size === 0 && this.#slow.size === 0) return undefined;
    this.#chances += 1;
    const places: number[] = [];
    candidates.forEach((candidate, place) => {
      if (this.#mayGo(candidate)) places.push(place);
    });
    return places;
  }

  #mayGo({ host, actorKey }: Candidate): boolean {
    if (this.#until.has(host) || this.#until.has(actorKey)) return false;
    return this.#chances % (this.#slow.get(host) ?? 1) === 0;
  }
}
