// What is kept on heaps after a collection: of this thread, and of the threads of a system.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ActorSystem, type Asks, defineActor } from "@multiraft/runtime";

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

/** Of all actor threads together. */
export async function keptHeapBytes(system: ActorSystem): Promise<number> {
  let bytes = 0;
  for (let thread = 0; thread < system.threads; thread += 1) {
    const collector = await system.spawn(collectorActor, {}, { thread });
    bytes += await system.ask(collector, { kind: "collect" }, { timeoutMs: ASK_TIMEOUT_MS });
    await system.stop(collector);
  }
  return bytes;
}
