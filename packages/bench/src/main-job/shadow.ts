// What a client knows of the values it wrote: what must be there, and what may be there because nobody
// said how a write ended. Invariant: one write of a key at a time, so that there is one last word.

export type Verdict = "right" | "lost";

type Known = {
  /** Acknowledged last; undefined: never. */
  acknowledged: string | undefined;
  /** Sent with an outcome that is unknown. It may still come, however late: it stays possible. */
  readonly possible: Set<string>;
  isWriting: boolean;
};

export class Shadow {
  readonly #known = new Map<string, Known>();

  get keys(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** False while another write of the key is under way. */
  begin(key: string, value: string): boolean {
    const known = this.#known.get(key) ?? newKnown();
    if (known.isWriting) return false;
    this.#known.set(key, known);
    known.isWriting = true;
    known.possible.add(value);
    return true;
  }

  acknowledge(key: string, value: string): void {
    const known = this.#mustKnow(key);
    known.isWriting = false;
    known.acknowledged = value;
    known.possible.delete(value);
  }

  /** Nobody said how the write ended. */
  leaveOpen(key: string): void {
    this.#mustKnow(key).isWriting = false;
  }

  /** @param found What the store says; undefined: nothing. */
  judge(key: string, found: string | undefined): Verdict {
    const { acknowledged, possible } = this.#known.get(key) ?? newKnown();
    if (found === acknowledged) return "right";
    return found !== undefined && possible.has(found) ? "right" : "lost";
  }

  #mustKnow(key: string): Known {
    const known = this.#known.get(key);
    if (known === undefined) throw new Error(`${key} was never written`);
    return known;
  }
}

function newKnown(): Known {
  return { acknowledged: undefined, possible: new Set(), isWriting: false };
}
