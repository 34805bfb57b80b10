import { expect, test } from "vitest";
import { Sfc32 } from "../platform/sfc32.ts";
import { PairFifo } from "./pair-fifo.ts";

test("is a list of pairs that is pushed to, shifted from and cut into, over thousands of random steps", () => {
  const random = new Sfc32(12);
  const fifo = new PairFifo<number, string>();
  const model: number[] = [];
  for (let i = 0; i < 20_000; i += 1) {
    const choice = random.below(i % 4_000 < 2_000 ? 3 : 6);
    if (choice < 2) {
      fifo.push(i, `${i}`);
      model.push(i);
    } else if (choice < 5) {
      const first = model.shift();
      expect(fifo.shift()).toBe(first);
      if (first !== undefined) expect(fifo.second).toBe(`${first}`);
    } else if (model.length > 0) {
      const at = random.below(model.length);
      expect([fifo.firstAt(at), fifo.secondAt(at)]).toEqual([model[at], `${model[at]}`]);
      expect(fifo.removeAt(at)).toBe(model[at]);
      expect(fifo.second).toBe(`${model.splice(at, 1)[0]}`);
    }
    expect(fifo.size).toBe(model.length);
  }
});

test("an index outside is an assertion", () => {
  const fifo = new PairFifo<number, string>();
  expect(fifo.shift()).toBe(undefined);
  expect(() => fifo.firstAt(0)).toThrow("outside");
  expect(() => fifo.removeAt(0)).toThrow("outside");
});
