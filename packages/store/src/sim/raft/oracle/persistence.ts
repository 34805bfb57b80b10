/**
 * Promises follow durability: when a vote or an acknowledgement leaves a peer, its disk holds what it
 * speaks of. A later write may have gone further since, but never back. So it is with a request for a
 * vote: a candidate that a crash lets begin its term again would still be elected by the old answers.
 */
import type { Message } from "../../../raft/index.ts";
import { promise } from "../violation.ts";
import type { DiskView } from "./views.ts";

const NAME = "promises follow durability";

export class Persistence {
  /**
   * A message leaves its peer.
   * @param leaderTermAt The term of the leader's entry at an index, where it can still be asked.
   */
  onSent(
    message: Message,
    disk: DiskView,
    leaderTermAt: (message: Message) => number | undefined,
  ): void {
    if (message.reject) return;
    if (message.type === "MsgVoteResp") this.#checkVote(message, disk);
    else if (message.type === "MsgVote") this.#checkRequest(message, disk);
    else if (message.type === "MsgAppResp" && message.index > 0)
      this.#checkAck(message, disk, leaderTermAt(message));
  }

  #checkVote({ from, to, term }: Message, { hardState }: DiskView): void {
    const isDurable = hardState.term > term || (hardState.term === term && hardState.vote === to);
    promise(NAME, isDurable, () => `${from} grants ${to} a vote in ${term} that is not durable`);
  }

  #checkRequest({ from, term, index, logTerm }: Message, disk: DiskView): void {
    const { hardState } = disk;
    if (hardState.term > term) return;
    const isDurable =
      hardState.term === term && hardState.vote === from && disk.stores(index, logTerm);
    promise(NAME, isDurable, () => `${from} asks for votes in ${term} before that is durable`);
  }

  #checkAck({ from, term, index }: Message, disk: DiskView, entryTerm: number | undefined): void {
    promise(
      NAME,
      disk.hardState.term >= term,
      () => `${from} acknowledges entries in term ${term}, its disk is in ${disk.hardState.term}`,
    );
    if (entryTerm === undefined) return;
    promise(
      NAME,
      disk.stores(index, entryTerm),
      () => `${from} acknowledges entry ${index} of term ${entryTerm}, which is not durable`,
    );
  }
}
