// Numbers for lives: durable, per store, never given twice. A block is reserved before its first
// number is used, so a crash skips at most the rest of a block.
import type { Life, LogRecord } from "../log/record.ts";

const LIFE_BLOCK = 1_024;

export class LifeNumbers {
  #next = 1 as Life;
  #below = 1 as Life;

  /**
   * @param livesBelow What the log says has been reserved so far: all of it may have been given.
   */
  load(livesBelow: Life): void {
    this.#next = livesBelow;
    this.#below = livesBelow;
  }

  /**
   * @param records To be handed to the log before the life is used; gets the reservation if it
   * takes one.
   */
  take(records: LogRecord[]): Life {
    const life = this.#next;
    this.#next = (life + 1) as Life;
    if (life < this.#below) return life;
    this.#below = (life + LIFE_BLOCK) as Life;
    records.push({ kind: "life-block", below: this.#below });
    return life;
  }
}
