// Thrown by whoever finds that a promise of a run was broken, and caught where the seed is reported.

export class Violated extends Error {
  override readonly name = "Violated";
  readonly oracle: string;
  constructor(oracle: string, what: string) {
    super(what);
    this.oracle = oracle;
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
