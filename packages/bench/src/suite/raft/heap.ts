// Memory that work allocates, read from the heap's size before and after it. That is exact only when no
// collection happens in between: the process is started with a young generation large enough for all of it,
// and a collection makes the measurement fail.
import { PerformanceObserver } from "node:perf_hooks";
import { assert } from "@multiraft/runtime";

export type Grown = { readonly bytes: number; readonly cpuSeconds: number };

/** Flags of a process in which `grownHeap` may be called: collection by command, and 512 MiB of young space. */
export const HEAP_FLAGS = ["--expose-gc", "--max-semi-space-size=512", "--min-semi-space-size=512"];

export async function grownHeap(work: () => Promise<void>): Promise<Grown> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  collect();
  await aTurn();
  observer.observe({ entryTypes: ["gc"] });
  const startedCpu = process.cpuUsage();
  const before = process.memoryUsage().heapUsed;
  await work();
  const bytes = process.memoryUsage().heapUsed - before;
  const { user, system } = process.cpuUsage(startedCpu);
  await aTurn();
  observer.disconnect();
  assert(collections === 0, "memory was collected while it was measured");
  return { bytes, cpuSeconds: (user + system) / 1e6 };
}

/** What stays after a collection. */
export function keptHeapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function collect(): void {
  assert(globalThis.gc !== undefined, "the process was started without --expose-gc");
  globalThis.gc();
  globalThis.gc();
}

/** Observers are told in a turn of the loop of their own. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
