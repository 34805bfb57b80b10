// The process of one round: takes an order, answers once, ends. When whoever ordered it is gone, it ends
// with all that it started.
import { medianMeasured } from "./median.ts";
import type { Measured, OpenRound, Repetitions, RoundDefinition } from "./round.ts";
import type { RoundAnswer, RoundOrder } from "./round-process.ts";
import type { RoundParams } from "./row.ts";

async function measure({ url, name, params, repetitions, place }: RoundOrder): Promise<Measured> {
  const module = (await import(url)) as Readonly<Record<string, RoundDefinition<RoundParams>>>;
  const definition = module[name];
  if (definition === undefined) throw new Error(`${url} exports no round ${name}`);
  const round = await definition.open(params, place);
  const measured = await repeat(round, repetitions);
  await round.close();
  return measured;
}

async function repeat(round: OpenRound, { warmUps, iterations }: Repetitions): Promise<Measured> {
  for (let i = 0; i < warmUps; i += 1) await round.iterate();
  const all: Measured[] = [];
  for (let i = 0; i < iterations; i += 1) {
    globalThis.gc?.();
    all.push(await round.iterate());
  }
  return medianMeasured(all);
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
