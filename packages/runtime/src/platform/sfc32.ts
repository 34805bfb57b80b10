// A small fast generator (Doty-Humphrey's sfc32: 128 bits of state, passes PractRand). A stream depends on
// its seed and the names it was forked by alone, never on how far another stream has been drawn.
import { assert } from "../assert.ts";
import type { Random } from "./random.ts";

const WARM_UP_DRAWS = 12;
const TWO_POW_32 = 0x1_0000_0000;

export class Sfc32 implements Random {
  readonly #seed: number;
  readonly #path: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed Any integer; its low and high 32 bits count. */
  constructor(seed: number, path = "") {
    assert(Number.isSafeInteger(seed), "a seed must be an integer");
    this.#seed = seed;
    this.#path = path;
    this.#a = hash(path, seed | 0);
    this.#b = hash(path, Math.floor(seed / TWO_POW_32) ^ 0x9e37_79b9);
    this.#c = hash(path, this.#a ^ this.#b);
    for (let i = 0; i < WARM_UP_DRAWS; i += 1) this.#draw();
  }

  below(exclusiveMax: number): number {
    assert(
      Number.isInteger(exclusiveMax) && exclusiveMax >= 1 && exclusiveMax <= TWO_POW_32,
      "a draw needs a bound from 1 to 2^32",
    );
    // Draws above the last multiple of the bound would favour small results: they are drawn again.
    const limit = TWO_POW_32 - (TWO_POW_32 % exclusiveMax);
    for (;;) {
      const draw = this.#draw();
      if (draw < limit) return draw % exclusiveMax;
    }
  }

  unit(): number {
    // 53 bits, as many as a double has.
    return ((this.#draw() >>> 5) * 0x400_0000 + (this.#draw() >>> 6)) / 0x20_0000_0000_0000;
  }

  fork(name: string): Random {
    return new Sfc32(this.#seed, `${this.#path}/${name}`);
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over the UTF-16 units, finished so that each bit of the input reaches each bit of the output. */
function hash(text: string, seed: number): number {
  let h = seed ^ 0x811c_9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
