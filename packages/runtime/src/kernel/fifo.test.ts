import { expect, test } from "vitest";
import { Sfc32 } from "../platform/sfc32.ts";
import { Fifo } from "./fifo.ts";

test("is an array that is pushed to, shifted from and cut into, over thousands of random steps", () => {
  const random = new Sfc32(11);
  const fifo = new Fifo<number>();
  const model: number[] = [];
  for (let i = 0; i < 20_000; i += 1) {
    const choice = random.below(i % 4_000 < 2_000 ? 3 : 6);
    if (choice < 2) {
      fifo.push(i);
      model.push(i);
    } else if (choice < 5) expect(fifo.shift()).toBe(model.shift());
    else if (model.length > 0) {
      const at = random.below(model.length);
      expect(fifo.at(at)).toBe(model[at]);
      expect(fifo.removeAt(at)).toBe(model.splice(at, 1)[0]);
    }
    expect(fifo.size).toBe(model.length);
  }
});

test("an index outside is an assertion", () => {
  const fifo = new Fifo<number>();
  expect(fifo.shift()).toBe(undefined);
  expect(() => fifo.at(0)).toThrow("outside");
  expect(() => fifo.removeAt(0)).toThrow("outside");
});
