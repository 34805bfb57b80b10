// The way of received data into the replica: offered to Raft, taken by it with the record that is the
// one commit point, and handed over when that record is durable. One install at a time.
import { assert } from "@multiraft/runtime";
import type { Generation, HardState, Life, LogRecord } from "../log/record.ts";
import type { ConfState, Snapshot } from "../raft/index.ts";
import type { ReadyTablet } from "../snapshot/receiver.ts";
import type { Tablet, TabletMeta } from "../tablet/tablet.ts";

export class Install {
  readonly #life: Life;
  #lastGeneration: number;
  /** Received, complete, and offered to Raft. */
  #incoming: { readonly ready: ReadyTablet; isTaken: boolean } | undefined;

  /** @param lastGeneration The highest of this life that was a directory since its store was opened, or is installed. */
  constructor(life: Life, lastGeneration: number) {
    this.#life = life;
    this.#lastGeneration = lastGeneration;
  }

  nextGeneration(): Generation {
    this.#lastGeneration += 1;
    return this.#lastGeneration as Generation;
  }

  get isUnderWay(): boolean {
    return this.#incoming !== undefined;
  }

  /** Raft took it in, and its record is with the log. */
  get isTaken(): boolean {
    return this.#incoming?.isTaken === true;
  }

  /** @param step Puts the snapshot before Raft. @returns Whether Raft took it in. */
  offer(ready: ReadyTablet, step: (snapshot: Snapshot) => void): boolean {
    const incoming = { ready, isTaken: false };
    this.#incoming = incoming;
    step(snapshotOf(ready.meta));
    if (!incoming.isTaken) this.#incoming = undefined;
    return incoming.isTaken;
  }

  /** Raft has taken it in: this record is the one commit point. */
  record({ index, term }: Snapshot, hardState: HardState): LogRecord {
    const incoming = this.#incoming;
    assert(incoming !== undefined && !incoming.isTaken, "Raft takes in what nobody received");
    assert(incoming.ready.meta.appliedIndex === index, "another snapshot was received");
    incoming.isTaken = true;
    const generation = incoming.ready.tablet.name.generation as Generation;
    return { kind: "install", life: this.#life, generation, index, term, hardState };
  }

  /** The record is durable. @returns The data, which are the caller's from here on. */
  finish(): Tablet {
    const incoming = this.#incoming;
    assert(incoming?.isTaken === true, "an install that was not asked for");
    this.#incoming = undefined;
    return incoming.ready.tablet;
  }

  /** What was received is open until its install is done. */
  close(): void {
    this.#incoming?.ready.tablet.close();
  }
}

/** What Raft has to know of data: no bytes of theirs pass through it. */
export function snapshotOf(meta: TabletMeta): Snapshot {
  const { appliedIndex: index, appliedTerm: term } = meta;
  return { data: null, index, term, confState: meta.confState as ConfState };
}
