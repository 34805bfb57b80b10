import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { loadBeside } from "./load-beside.ts";

/** A load until it is told to end, and one that fails at once. */
function fixture() {
  const seen: string[] = [];
  let isOver = false;
  return {
    seen,
    end: () => {
      isOver = true;
    },
    steady: async () => {
      while (!isOver) await turn();
      seen.push("load ended");
    },
    failing: async () => {
      throw new Error("a client failed");
    },
    deeds: async () => {
      for (let i = 0; i < 20; i += 1) await turn();
      seen.push("deeds done");
    },
  };
}

test("load ends when the deeds are done", async () => {
  const { seen, end, steady, deeds } = fixture();
  await loadBeside([steady, steady], deeds, end);
  expect(seen).toEqual(["deeds done", "load ended", "load ended"]);
});

test("a load that fails early is told when all has ended, and goes unhandled at no time", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  const { seen, end, steady, failing, deeds } = fixture();
  await expect(loadBeside([failing, steady], deeds, end)).rejects.toThrow("a client failed");
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  expect(seen).toEqual(["deeds done", "load ended"]);
});

test("deeds that fail end the load too, and neither failure hides the other", async () => {
  const { seen, end, steady, failing } = fixture();
  const deeds = () => Promise.reject(new Error("a deed failed"));
  await expect(loadBeside([steady], deeds, end)).rejects.toThrow("a deed failed");
  expect(seen).toEqual(["load ended"]);
  await expect(loadBeside([failing], deeds, end)).rejects.toThrow(/a client failed.*a deed failed/);
});
