// What stands still or is slow: a whole host, one of its threads, or one actor (a replica that applies late).
// Time and mail go on meanwhile.
import type { Candidate } from "@multiraft/runtime/testing";

export class Pauses {
  /** By host, thread or actor: until when, in simulated milliseconds. */
  readonly #until = new Map<string, number>();
  /** By host or thread: it takes a step in one of so many chances. */
  readonly #slow = new Map<string, number>();
  #chances = 0;

  /** @param what A host, a thread, or an actor. */
  pause(what: string, untilMs: number): void {
    this.#until.set(what, Math.max(untilMs, this.#until.get(what) ?? 0));
  }

  /** @param hostOrThread It takes a step in one of so many chances. */
  slow(hostOrThread: string, oneIn: number): void {
    this.#slow.set(hostOrThread, oneIn);
  }

  endSlow(hostOrThread: string): void {
    this.#slow.delete(hostOrThread);
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

  #mayGo({ host, thread, actorKey }: Candidate): boolean {
    if (this.#until.has(host) || this.#until.has(thread) || this.#until.has(actorKey)) return false;
    const oneIn = Math.max(this.#slow.get(host) ?? 1, this.#slow.get(thread) ?? 1);
    return this.#chances % oneIn === 0;
  }
}
