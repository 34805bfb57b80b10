// How many threads are tried on a machine.

/** Of a cluster. */
const THREADS_MAX = 64;

/** 1, 2, 3, 4, 6, 8, 12, 16 … up to twice the cores, with the cores and twice the cores among them. */
export function threadCounts(cores: number): readonly number[] {
  const most = Math.min(2 * cores, THREADS_MAX);
  const counts = new Set([1, Math.min(cores, THREADS_MAX), most]);
  for (let power = 2; power <= most; power *= 2) {
    counts.add(power);
    if (1.5 * power <= most) counts.add(1.5 * power);
  }
  return [...counts].sort((a, b) => a - b);
}

export function threadsText(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
