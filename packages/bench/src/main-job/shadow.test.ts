import { expect, test } from "vitest";
import { Shadow } from "./shadow.ts";

function written(...values: string[]): Shadow {
  const shadow = new Shadow();
  for (const value of values) {
    expect(shadow.begin("k", value)).toBe(true);
    shadow.acknowledge("k", value);
  }
  return shadow;
}

test("the last acknowledged value must be there", () => {
  const shadow = written("1", "2");
  expect(shadow.judge("k", "2")).toBe("right");
  expect(shadow.judge("k", "1")).toBe("lost");
  expect(shadow.judge("k", undefined)).toBe("lost");
});

test("a write under way may show, and may not", () => {
  const shadow = written("1");
  shadow.begin("k", "2");
  expect(shadow.judge("k", "1")).toBe("right");
  expect(shadow.judge("k", "2")).toBe("right");
  expect(shadow.judge("k", "3")).toBe("lost");
});

test("an unknown outcome stays open: the write may still come, after later ones", () => {
  const shadow = written("1");
  shadow.begin("k", "2");
  shadow.leaveOpen("k");
  expect(shadow.judge("k", "2")).toBe("right");
  shadow.begin("k", "3");
  shadow.acknowledge("k", "3");
  expect(shadow.judge("k", "3")).toBe("right");
  expect(shadow.judge("k", "2")).toBe("right");
  expect(shadow.judge("k", "1")).toBe("lost");
});

test("a key has one write at a time", () => {
  const shadow = new Shadow();
  expect(shadow.begin("k", "1")).toBe(true);
  expect(shadow.begin("k", "2")).toBe(false);
});

test("what was never written must not be there", () => {
  expect(new Shadow().judge("k", undefined)).toBe("right");
  expect(new Shadow().judge("k", "1")).toBe("lost");
});
