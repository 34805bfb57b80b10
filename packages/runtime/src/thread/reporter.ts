// Watches a kernel for the streams of the system. What nobody listens to costs nothing but a look at a
// shared word; what somebody listens to goes out once a turn.
import type { AnyAddress } from "../actor/address.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { StopReason } from "../actor/outcome.ts";
import type { AnyDefinition, DeadLetter, KernelObserver } from "../kernel/kernel-options.ts";
import type { DeadLetterReport, LifecycleReport, ToMain } from "./service-mail.ts";
import type { ThreadBoard } from "./thread-board.ts";

/** Dead letters that one turn reports: a flood shows its beginning, the counters its size. */
const LETTERS_PER_TURN_MAX = 16;

export class Reporter implements KernelObserver {
  readonly #thread: number;
  readonly #board: ThreadBoard;
  readonly #post: (message: ToMain) => void;
  /** Something is to be reported: a turn has to end for that, also where none was due. */
  readonly #onFirst: () => void;
  #lifecycle: LifecycleReport[] = [];
  #letters: DeadLetterReport[] = [];
  #skipped = 0;

  constructor(options: {
    readonly thread: number;
    readonly board: ThreadBoard;
    readonly post: (message: ToMain) => void;
    readonly onFirst: () => void;
  }) {
    this.#thread = options.thread;
    this.#board = options.board;
    this.#post = options.post;
    this.#onFirst = options.onFirst;
  }

  started(address: AnyAddress, definition: AnyDefinition): void {
    this.#report({ kind: "started", address, definition: definition.name });
  }

  ended(address: AnyAddress, reason: StopReason): void {
    this.#report({ kind: "ended", address, reason });
  }

  threw(address: AnyAddress, error: unknown): void {
    this.#report({ kind: "threw", address, error: toErrorData(error) });
  }

  deadLetter({ reason, to, from, message }: DeadLetter): void {
    if (!this.#board.isListenedTo("deadLetters")) return;
    if (this.#letters.length === 0) this.#onFirst();
    if (this.#letters.length >= LETTERS_PER_TURN_MAX) this.#skipped += 1;
    else this.#letters.push({ thread: this.#thread, reason, to, from, messageKind: message.kind });
  }

  /** At the end of a turn. */
  flush(): void {
    if (this.#lifecycle.length > 0) {
      this.#post({ kind: "lifecycle", reports: this.#lifecycle });
      this.#lifecycle = [];
    }
    if (this.#letters.length === 0) return;
    this.#post({ kind: "dead-letters", letters: this.#letters, skipped: this.#skipped });
    this.#letters = [];
    this.#skipped = 0;
  }

  #report(report: LifecycleReport): void {
    if (!this.#board.isListenedTo("lifecycle")) return;
    if (this.#lifecycle.length === 0) this.#onFirst();
    this.#lifecycle.push(report);
  }
}
