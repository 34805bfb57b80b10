// The process of one round: takes an order, answers once, ends. When whoever ordered it is gone, it ends
// with all that it started.
import { repeat } from "./repeat.ts";
import type { RoundDefinition, RoundResult } from "./round.ts";
import type { RoundAnswer, RoundOrder } from "./round-process.ts";
import type { RoundParams } from "./row.ts";

const HOST = { nowMs: () => performance.now(), collect: () => globalThis.gc?.() };

async function measure({
  url,
  name,
  params,
  repetitions,
  place,
}: RoundOrder): Promise<RoundResult> {
  const module = (await import(url)) as Readonly<Record<string, RoundDefinition<RoundParams>>>;
  const definition = module[name];
  if (definition === undefined) throw new Error(`${url} exports no round ${name}`);
  const round = await definition.open(params, place);
  const measured = await repeat(round, repetitions, HOST);
  await round.close();
  return measured;
}

async function answer(order: RoundOrder): Promise<RoundAnswer> {
  try {
    return { kind: "measured", measured: await measure(order) };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? reasonOf(error) : String(error) };
  }
}

function reasonOf(error: Error): string {
  const text = error.stack ?? error.message;
  return error.cause instanceof Error ? `${text}\nbecause ${reasonOf(error.cause)}` : text;
}

process.once("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.once("message", async (order: RoundOrder) => {
  const given = await answer(order);
  process.send?.(given, () => process.exit(given.kind === "measured" ? 0 : 1));
});
