// One setting of one timer. Its identity is its generation: setting the key again makes another tick, and
// mail of the one before, even if it is queued already, is no longer the one under the key.
import type { MessageShape } from "../actor/definition.ts";
import type { Cell } from "./cell.ts";
import { Deadline } from "./deadline-heap.ts";

export class TimerTick extends Deadline {
  readonly owner: Cell;
  readonly key: string;
  readonly message: MessageShape;
  readonly #onDue: (tick: TimerTick) => void;

  constructor(owner: Cell, key: string, message: MessageShape, onDue: (tick: TimerTick) => void) {
    super();
    this.owner = owner;
    this.key = key;
    this.message = message;
    this.#onDue = onDue;
  }

  override fire(): void {
    this.#onDue(this);
  }
}
