// Which record an operation asks for, by its number in the order of insertion.
import type { Random } from "@multiraft/runtime";
import { fnvHash64 } from "./record-key.ts";
import { Zipfian } from "./zipfian.ts";

export interface KeyChooser {
  /** @param records How many there are by now; it never falls. @returns A number below it. */
  choose(records: number, random: Random): number;
}

/**
 * Few records are popular, and these are scattered over all: the rank is drawn from many more than there
 * are, so that the popular ones stay the same when records are added, and hashed to a record.
 */
export class ScatteredZipfian implements KeyChooser {
  readonly #zipfian = new Zipfian(RANKS);
  /** Hashing with 64 bits is slow: the popular ranks, which are most draws, are kept. */
  readonly #hashes = new Map<number, bigint>();

  choose(records: number, random: Random): number {
    const rank = this.#zipfian.draw(random);
    let hash = this.#hashes.get(rank);
    if (hash === undefined) {
      hash = fnvHash64(rank);
      if (rank < KEPT_RANKS) this.#hashes.set(rank, hash);
    }
    return Number(hash % BigInt(records));
  }
}

/** The newest record is the most popular one. */
export class LatestZipfian implements KeyChooser {
  #zipfian: Zipfian | undefined;

  choose(records: number, random: Random): number {
    this.#zipfian ??= new Zipfian(records);
    this.#zipfian.extend(Math.max(records, this.#zipfian.items));
    return records - 1 - Math.min(records - 1, this.#zipfian.draw(random));
  }
}

/** More than any run has records; the sum over them takes a few milliseconds. */
const RANKS = 1_000_000;
const KEPT_RANKS = 16_384;

export function keyChooser(distribution: "zipfian" | "latest"): KeyChooser {
  return distribution === "latest" ? new LatestZipfian() : new ScatteredZipfian();
}
