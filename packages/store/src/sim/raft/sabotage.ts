/** What a test spoils, to see that it is noticed. Runs that count have none of it. */
import type { Message, Snapshot } from "../../raft/index.ts";
import type { Disk } from "./disk.ts";

export type Sabotage = {
  /** Instead of an honest disk. */
  readonly makeDisk?: (first: Snapshot | undefined) => Disk;
  /** What becomes of a message that a peer sends. */
  readonly rewrite?: (message: Message) => Message;
  /** Answers to others leave before the append thread has written what they promise. */
  readonly answersEarly?: boolean;
};
