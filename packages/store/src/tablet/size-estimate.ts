// How much is in a tablet whose engine does not say what a put replaced.
// The number of keys is known exactly after each commit. So is, therefore, how many of the commit's
// puts and deletes met an existing pair: each of these is taken to have weighed the average. An error
// in the sum changes the average the other way, which is why it does not add up.

/** What a commit knows of itself, and how things were before it. */
export type SizeFigures = {
  readonly sizeBytesBefore: number;
  readonly keysBefore: number;
  /** Distinct keys put, and the bytes of these pairs. */
  readonly putPairs: number;
  readonly putBytes: number;
};

export const NO_FIGURES: SizeFigures = {
  sizeBytesBefore: 0,
  keysBefore: 0,
  putPairs: 0,
  putBytes: 0,
};

/** @param keysAfter Counted by the engine once the commit was done. */
export function sizeBytesAfter(figures: SizeFigures, keysAfter: number): number {
  const { sizeBytesBefore, keysBefore, putPairs, putBytes } = figures;
  const replacedPairs = Math.max(0, keysBefore + putPairs - keysAfter);
  const averageBytes = keysBefore === 0 ? 0 : sizeBytesBefore / keysBefore;
  return Math.max(0, Math.round(sizeBytesBefore + putBytes - replacedPairs * averageBytes));
}
