/**
 * Log matching: an entry's place, its index and term, tells its content and the place before it; so
 * two logs that have a place in common are equal up to it. And leaders only append: the log of a
 * leader never loses its end while it leads.
 */
import { type Entry, type LogIndex, type PeerId, payloadBytes } from "../../../raft/index.ts";
import { promise } from "../violation.ts";
import type { NodeView } from "./views.ts";

type Known = { readonly entry: Entry; readonly previousTerm: number };
type Tail = { term: number; index: LogIndex; lastTerm: number };

export class LogMatching {
  /** By index, each entry that was ever in a log there. */
  readonly #known: Known[][] = [];
  /** The end of the log of each peer that leads. */
  readonly #tails = new Map<PeerId, Tail>();

  /** A peer hands entries out to be written. */
  onWritten(node: NodeView, entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const before = node.termAt((first.index - 1) as LogIndex);
    let previousTerm = typeof before === "number" ? before : undefined;
    let previousIndex = first.index - 1;
    for (const entry of entries) {
      promise("logs match", entry.index === previousIndex + 1, () => `a gap at ${entry.index}`);
      this.#note(entry, previousTerm);
      previousTerm = entry.term;
      previousIndex = entry.index;
    }
  }

  /** After every step of a peer. */
  observe(node: NodeView): void {
    const { id, term, lastIndex } = node;
    if (node.role !== "leader") {
      this.#tails.delete(id);
      return;
    }
    const tail = this.#tails.get(id);
    const lastTerm = Number(node.termAt(lastIndex));
    if (tail === undefined || tail.term !== term) {
      this.#tails.set(id, { term, index: lastIndex, lastTerm });
      return;
    }
    if (tail.index === lastIndex && tail.lastTerm === lastTerm) return;
    const own = node.termAt(tail.index);
    const isKept = lastIndex >= tail.index && (own === tail.lastTerm || own === "compacted");
    promise("leaders only append", isKept, () => `${id} lost its entry at ${tail.index}`);
    tail.index = lastIndex;
    tail.lastTerm = lastTerm;
  }

  /** The entry of a place, once it was written by anybody. */
  entryAt(index: LogIndex, term: number): Entry | undefined {
    return this.#known[index]?.find(({ entry }) => entry.term === term)?.entry;
  }

  onCrashed(id: PeerId): void {
    this.#tails.delete(id);
  }

  #note(entry: Entry, previousTerm: number | undefined): void {
    const { index, term } = entry;
    const here = this.#known[index] ?? [];
    this.#known[index] = here;
    const known = here.find((each) => each.entry.term === term);
    if (known === undefined) {
      if (previousTerm !== undefined) here.push({ entry, previousTerm });
      return;
    }
    const place = () => `at index ${index} in term ${term}`;
    const name = "logs match";
    promise(name, isSameEntry(known.entry, entry), () => `two entries ${place()}`);
    const isSamePast = previousTerm === undefined || known.previousTerm === previousTerm;
    promise(name, isSamePast, () => `two pasts of the entry ${place()}`);
  }
}

/** Mostly the very same object: entries travel by reference. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true;
  if (a.term !== b.term || a.index !== b.index || a.type !== b.type) return false;
  if (payloadBytes(a) !== payloadBytes(b)) return false;
  return a.data?.every((byte, place) => byte === b.data?.[place]) ?? true;
}
