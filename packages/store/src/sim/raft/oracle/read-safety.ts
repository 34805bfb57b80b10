/**
 * Reads are linearizable: the index at which a read is served is not below anything that was known
 * to be committed when it was asked; and only who asked is answered.
 */
import type { LogIndex, PeerId } from "../../../raft/index.ts";
import { promise } from "../violation.ts";

type Read = { readonly asker: PeerId; readonly floor: LogIndex };

const NAME = "reads are linearizable";

export class ReadSafety {
  readonly #asked = new Map<number, Read>();

  onAsked(token: number, asker: PeerId, highestCommit: LogIndex): void {
    this.#asked.set(token, { asker, floor: highestCommit });
  }

  onAnswered(token: number, answered: PeerId, index: LogIndex): void {
    const read = this.#asked.get(token);
    promise(
      NAME,
      read?.asker === answered,
      () => `${answered} is answered read ${token}, which ${read?.asker ?? "nobody"} asked`,
    );
    const floor = read?.floor ?? 0;
    promise(
      NAME,
      index >= floor,
      () => `read ${token} of ${answered} gets ${index}, ${floor} was committed before`,
    );
  }
}
