// Throughput: so many clients, each with one operation under way.

export type LoopResult = {
  readonly seconds: number;
  /** From the call, or from when the operation was due. */
  readonly durationsMs: Float64Array;
};

/** @param perform One operation; a throw ends the run. */
export async function closedLoop(
  clients: number,
  durationSeconds: number,
  perform: () => Promise<unknown>,
): Promise<LoopResult> {
  const durationsMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + durationSeconds * 1_000;
  const client = async () => {
    for (let begunMs = performance.now(); begunMs < endMs; ) {
      await perform();
      const endedMs = performance.now();
      durationsMs.push(endedMs - begunMs);
      begunMs = endedMs;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return {
    seconds: (performance.now() - startedMs) / 1_000,
    durationsMs: Float64Array.from(durationsMs),
  };
}
