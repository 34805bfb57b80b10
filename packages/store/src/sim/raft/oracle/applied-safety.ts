/**
 * State machines agree: each applies, one by one, the same entry at the same index, and nothing that
 * its disk could still lose; after the same entries they have the same configuration.
 */
import type { ConfState, Entry, LogIndex, PeerId } from "../../../raft/index.ts";
import { promise } from "../violation.ts";
import { isSameEntry } from "./log-matching.ts";
import type { DiskView, NodeView } from "./views.ts";

export class AppliedSafety {
  readonly #entries: (Entry | undefined)[] = [];
  readonly #configurations = new Map<LogIndex, string>();

  /** A peer hands entries out to be applied while the append thread works on its own. */
  onHandedOut(id: PeerId, entries: readonly Entry[], disk: DiskView): void {
    for (const { index, term } of entries)
      promise(
        "only durable entries are applied",
        disk.stores(index, term),
        () => `${id} hands out entry ${index} of term ${term}, which is not durable`,
      );
  }

  onApplied(id: PeerId, entry: Entry, appliedBefore: LogIndex): void {
    const { index } = entry;
    const name = "one entry an index";
    promise(
      name,
      index === appliedBefore + 1,
      () => `${id} applies ${index} after ${appliedBefore}`,
    );
    const known = this.#entries[index];
    if (known === undefined) this.#entries[index] = entry;
    else
      promise(
        name,
        isSameEntry(known, entry),
        () => `applied at ${index} are entries of term ${known.term} and, at ${id}, ${entry.term}`,
      );
  }

  /**
   * A conf change or a snapshot has given a peer this configuration at this index.
   * @returns whether it is the first peer to get that far.
   */
  onConfigured(id: PeerId, index: LogIndex, confState: ConfState): boolean {
    const own = JSON.stringify(confState);
    const known = this.#configurations.get(index);
    promise(
      "configurations agree",
      known === undefined || known === own,
      () => `at ${index} the configuration was ${known}, and is ${own} at ${id}`,
    );
    if (known === undefined) this.#configurations.set(index, own);
    return known === undefined;
  }

  /** A peer that starts again has the configuration of its disk. */
  onStarted({ id, confState }: NodeView, index: LogIndex, onDisk: ConfState): void {
    promise(
      "configurations agree",
      JSON.stringify(confState) === JSON.stringify(onDisk),
      () => `${id} starts at ${index} with a configuration that is not its disk's`,
    );
  }
}
