// What is kept on heaps after a collection: of this thread, and of the threads of a system.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type ActorSystem,
  type Asks,
  defineActor,
  type SystemSpawnOptions,
  type ThreadReport,
} from "@multiraft/runtime";

type CollectorMail = { readonly kind: "collect" } & Asks<number>;

const ASK_TIMEOUT_MS = 120_000;

/** Twice: what the first finds dead may keep more alive until its memory is given back. */
export function collectedHeapBytes(): number {
  // Also where the process was started without the flag: a context that is made afterwards has it.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const collectorActor = defineActor<CollectorMail, Record<string, never>>({
  url: import.meta.url,
  name: "collectorActor",
  create: (context) => ({
    receive(_, { reply }) {
      if (reply !== undefined) context.reply(reply, collectedHeapBytes());
    },
  }),
});

/**
 * Of all other threads that live, together. Each is collected: one without work collects nothing by itself, and may
 * keep what it has long let go of, such as its lanes to the dead and their arenas.
 */
export async function keptHeapBytes(system: ActorSystem): Promise<number> {
  let bytes = 0;
  // The main thread is the last.
  for (const report of (await system.inspect()).slice(0, -1)) {
    const place = placeOn(system, report);
    if (place === undefined) continue;
    const collector = await system.spawn(collectorActor, {}, place);
    bytes += await system.ask(collector, { kind: "collect" }, { timeoutMs: ASK_TIMEOUT_MS });
    await system.stop(collector);
  }
  return bytes;
}

/** A dedicated thread is named by its actor; one that has none is about to end. */
function placeOn(
  system: ActorSystem,
  { thread, cells }: ThreadReport,
): SystemSpawnOptions | undefined {
  if (thread < system.threads) return { thread };
  const near = cells[0]?.address;
  return near && { near };
}
