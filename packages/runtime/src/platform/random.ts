// A seeded generator whose streams are forked by name.

export interface Random {
  /** Uniform integer in [0, exclusiveMax), exclusiveMax at most 2^32. */
  below(exclusiveMax: number): number;
  /** Uniform in [0, 1). */
  unit(): number;
  /** An independent stream; the same name gives the same stream. */
  fork(name: string): Random;
}
