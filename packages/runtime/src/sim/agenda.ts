// The steps that could be taken, oldest first, and those that a test holds back.
import { assert } from "../assert.ts";
import type { Random } from "../platform/random.ts";
import type { Pending, PendingFilter } from "./pending.ts";
import type { Step } from "./step.ts";

/** Things that match are held back from the moment that they come into being. */
export interface Hold {
  readonly held: readonly Pending[];
  /** Lets go what matches, oldest first. Without a filter: all, and the hold ends. */
  release(filter?: PendingFilter): void;
  /** Held mail is lost, as by a full lane; the hold goes on. @returns How many. */
  drop(filter?: PendingFilter): number;
}

export class Agenda {
  /** In the order in which they became possible; those that are gone leave at the next look. */
  readonly #open: Step[] = [];
  readonly #holds = new Set<AgendaHold>();
  /** Filled anew at each look: a long run takes millions of them. */
  readonly #scratch: Step[] = [];
  #sequence = 0;

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  add(step: Step): void {
    if (!this.tryHold(step)) this.#open.push(step);
  }

  /** Not looked at by any hold: it has passed them on its way. */
  addPassed(step: Step): void {
    this.#open.push(step);
  }

  /** @returns True when a hold has taken it. */
  tryHold(step: Step): boolean {
    if (this.#holds.size === 0) return false;
    for (const hold of this.#holds) if (hold.take(step)) return true;
    return false;
  }

  hold(filter: PendingFilter, letGo: (step: Step) => void): Hold {
    const hold = new AgendaHold(filter, letGo, () => this.#holds.delete(hold));
    this.#holds.add(hold);
    removeWhere(this.#open, (step) => hold.take(step));
    return hold;
  }

  /** The oldest step that can be taken. */
  next(): Step | undefined {
    return this.#unblocked()[0];
  }

  /** All that could be taken now; mail of one sender to one receiver only in its order. */
  enabled(): Step[] {
    const steps = this.#unblocked();
    return steps.filter((step) => firstOfPair(steps, step) === step);
  }

  /** One that could be taken now. */
  draw(random: Random): Step | undefined {
    return this.pick((steps) => (steps.length === 0 ? undefined : random.below(steps.length)));
  }

  /**
   * One that could be taken now: of the pair that was chosen from, the first.
   * @param choose Gives a place among them. They are oldest first, and valid only during the call.
   */
  pick(choose: (steps: readonly Step[]) => number | undefined): Step | undefined {
    const steps = this.#unblocked();
    const place = choose(steps);
    const chosen = place === undefined ? undefined : steps[place];
    return chosen && firstOfPair(steps, chosen);
  }

  /** When the next step comes that waits for nothing but time; infinite when none does. */
  nextDueMs(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#open) if (dueMs > nowMs) next = Math.min(next, dueMs);
    return next;
  }

  find(pending: Pending): Step | undefined {
    return this.#open.find(({ sequence }) => sequence === pending.sequence);
  }

  take(step: Step): void {
    const place = this.#open.indexOf(step);
    assert(place >= 0, "a step was taken that is not pending");
    this.#open.splice(place, 1);
  }

  /** Held or not, what happens at `host` will not happen; mail on its way there still travels. */
  forget(isForgotten: PendingFilter): void {
    removeWhere(this.#open, ({ pending }) => isForgotten(pending));
    for (const hold of this.#holds) hold.forget(isForgotten);
  }

  #unblocked(): readonly Step[] {
    const open = this.#open;
    const scratch = this.#scratch;
    let live = 0;
    let unblocked = 0;
    for (let place = 0; place < open.length; place += 1) {
      const step = open[place] as Step;
      if (step.isGone()) continue;
      if (live < place) open[live] = step;
      live += 1;
      if (step.isBlocked()) continue;
      scratch[unblocked] = step;
      unblocked += 1;
    }
    // Only where it changes: an array that is emptied has to grow again.
    if (live < open.length) open.length = live;
    if (unblocked < scratch.length) scratch.length = unblocked;
    return scratch;
  }
}

class AgendaHold implements Hold {
  readonly #filter: PendingFilter;
  readonly #letGo: (step: Step) => void;
  readonly #end: () => void;
  #steps: Step[] = [];

  constructor(filter: PendingFilter, letGo: (step: Step) => void, end: () => void) {
    this.#filter = filter;
    this.#letGo = letGo;
    this.#end = end;
  }

  get held(): readonly Pending[] {
    this.#steps = this.#steps.filter((step) => !step.isGone());
    return this.#steps.map((step) => step.pending);
  }

  take(step: Step): boolean {
    const isMine = this.#filter(step.pending);
    if (isMine) this.#steps.push(step);
    return isMine;
  }

  release(filter?: PendingFilter): void {
    if (filter === undefined) this.#end();
    for (const step of this.#remove(filter)) if (!step.isGone()) this.#letGo(step);
  }

  drop(filter?: PendingFilter): number {
    const isLost = (pending: Pending): boolean =>
      (pending.kind === "mail" || pending.kind === "signal") && (filter?.(pending) ?? true);
    const lost = this.#remove(isLost).filter((step) => !step.isGone());
    for (const step of lost) step.lose();
    return lost.length;
  }

  forget(isForgotten: PendingFilter): void {
    this.#remove(isForgotten);
  }

  #remove(filter: PendingFilter | undefined): Step[] {
    const removed = this.#steps.filter((step) => filter?.(step.pending) ?? true);
    this.#steps = this.#steps.filter((step) => !removed.includes(step));
    return removed;
  }
}

/** Own mail, and what is no mail, comes in any order; mail of a pair does not overtake. */
function firstOfPair(steps: readonly Step[], step: Step): Step {
  for (const other of steps) if (other === step || other.isOfPairOf(step)) return other;
  return step;
}

function removeWhere(steps: Step[], isRemoved: (step: Step) => boolean): void {
  const kept = steps.filter((step) => !isRemoved(step));
  if (kept.length < steps.length) steps.splice(0, steps.length, ...kept);
}
