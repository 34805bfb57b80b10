// Work that takes a given time and nothing else.

export function beBusy(durationUs: number): void {
  const endMs = performance.now() + durationUs / 1_000;
  while (performance.now() < endMs);
}
