// Writes spread over a number of regions, in memory: what one of them costs, with all that the regions cost
// beside it.
import { assert, Sfc32 } from "@multiraft/runtime";
import type { Client } from "@multiraft/store";
import { closedLoop } from "../kv/closed-loop.ts";
import { checkArrived, defineRound, rateOf } from "../round.ts";
import { crowdKey, startCrowd } from "./region-crowd.ts";

/** A slow machine is no failure of a round. */
const WRITE = { timeoutMs: 60_000, retryUnknown: true };

export type CrowdWriteParams = {
  readonly regions: number;
  readonly threads: number;
  readonly clients: number;
  readonly seconds: number;
};

export const crowdWriteRound = defineRound<CrowdWriteParams>({
  url: import.meta.url,
  name: "crowdWriteRound",
  open: async ({ regions, threads, clients, seconds }, { directory }) => {
    const crowd = await startCrowd({ directory, engine: "memory", regions, threads });
    const random = new Sfc32(1, "regions");
    const written = new Map<string, string>();
    // A key belongs to the one who writes: nobody else writes to it meanwhile.
    const writers = Array.from({ length: clients }, (_, writer) => writer);
    const write = async () => {
      const writer = writers.pop();
      assert(writer !== undefined, "more writers than clients");
      const key = `${crowdKey(random.below(regions))}/${writer}`;
      const value = String(Number(written.get(key) ?? 0) + 1);
      await crowd.client.put(key, value, WRITE);
      written.set(key, value);
      writers.push(writer);
    };
    return {
      iterate: async () => {
        const startedCpu = process.cpuUsage();
        const { durationsMs, seconds: took } = await closedLoop(clients, seconds, write);
        const { user, system } = process.cpuUsage(startedCpu);
        await checkWritten(crowd.client, written);
        return rateOf(durationsMs.length, { seconds: took, cpuSeconds: (user + system) / 1e6 });
      },
      close: () => crowd.close(),
    };
  },
});

/** @throws Error when a key does not hold what was written to it last, or one is missing. */
async function checkWritten(client: Client, written: ReadonlyMap<string, string>): Promise<void> {
  let found = 0;
  for await (const { key, value } of client.scanText({}, { timeoutMs: WRITE.timeoutMs })) {
    if (!key.includes("/")) continue;
    assert(written.get(key) === value, () => `${key} holds ${value}, not ${written.get(key)}`);
    found += 1;
  }
  checkArrived(written.size, found);
}
