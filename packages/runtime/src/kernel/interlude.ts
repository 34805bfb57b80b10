// What happens between handlers: system mail, of this thread or another, and the ends of lives. Both run user
// code (create, stopped, releases), and no user code of one actor ever runs inside that of another.
import type { Cell } from "./cell.ts";
import { Fifo } from "./fifo.ts";
import type { SystemRecord } from "./record.ts";

type InterludeWork = {
  handle(record: SystemRecord): void;
  finish(cell: Cell): void;
};

export class Interlude {
  readonly #records = new Fifo<SystemRecord>();
  readonly #endings = new Fifo<Cell>();
  #work: InterludeWork | undefined;
  #depth = 0;

  /** The two need what needs the interlude: given once, when the kernel is complete. */
  bind(work: InterludeWork): void {
    this.#work = work;
  }

  /** User code begins. */
  enter(): void {
    this.#depth += 1;
  }

  /** It has ended; if nothing else is running, what had waited for that is done now. */
  leave(): void {
    this.#depth -= 1;
    if (this.#depth === 0 && (this.#records.size > 0 || this.#endings.size > 0)) this.#run();
  }

  addRecord(record: SystemRecord): void {
    this.#records.push(record);
    if (this.#depth === 0) this.#run();
  }

  addEnding(cell: Cell): void {
    this.#endings.push(cell);
    if (this.#depth === 0) this.#run();
  }

  #run(): void {
    this.#depth += 1;
    try {
      while (this.#runNext());
    } finally {
      this.#depth -= 1;
    }
  }

  #runNext(): boolean {
    const record = this.#records.shift();
    if (record !== undefined) this.#work?.handle(record);
    const ending = this.#endings.shift();
    if (ending !== undefined) this.#work?.finish(ending);
    return record !== undefined || ending !== undefined;
  }
}
