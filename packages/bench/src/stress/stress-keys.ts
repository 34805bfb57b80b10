// The keys of the stressed cluster: a few that everybody wants, and many others, over the whole key space.
import type { Random } from "@multiraft/runtime";

const CONTENDED = 6;
const OTHERS = 600;
/** One operation in so many is for a contended key. */
const CONTENDED_EVERY = 4;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export class StressKeys {
  readonly contended: readonly string[] = named(CONTENDED, "hot");
  readonly others: readonly string[] = named(OTHERS, "key");

  get all(): readonly string[] {
    return [...this.contended, ...this.others];
  }

  draw(random: Random): string {
    const keys = random.below(CONTENDED_EVERY) === 0 ? this.contended : this.others;
    return keys[random.below(keys.length)] ?? "";
  }
}

function named(count: number, word: string): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const letter = LETTERS[Math.floor((i * LETTERS.length) / count)] ?? "";
    return `${letter} ${word} ${String(i).padStart(4, "0")}`;
  });
}
