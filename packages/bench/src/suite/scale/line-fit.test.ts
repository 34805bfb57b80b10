import { expect, test } from "vitest";
import { fitLine, fitQuality } from "./line-fit.ts";

test("points on a line give the line back", () => {
  const points = [1, 4, 16, 64, 256].map((x) => ({ x, y: 3 + 0.25 * x }));
  const { slope, start, quality } = fitLine(points);
  expect(slope).toBeCloseTo(0.25, 12);
  expect(start).toBeCloseTo(3, 10);
  expect(quality).toBeCloseTo(1, 12);
});

test("of points beside a line, the squares are the least", () => {
  // Worked by hand: means 2 and 3, sum of squares 2, of products 3.
  expect(fitLine([1, 2, 3].map((x, i) => ({ x, y: [2, 2, 5][i] ?? 0 })))).toEqual({
    slope: 1.5,
    start: 0,
    quality: 0.75,
  });
});

test("a line through one place is refused", () => {
  const twice = [
    { x: 1, y: 1 },
    { x: 1, y: 2 },
  ];
  expect(() => fitLine(twice)).toThrow("a line through one point");
});

test.each([
  { what: "a perfect fit", fitted: [1, 2, 3], quality: 1 },
  { what: "the mean", fitted: [2, 2, 2], quality: 0 },
  { what: "worse than the mean", fitted: [3, 2, 1], quality: -3 },
])("the quality of $what is $quality", ({ fitted, quality }) => {
  expect(fitQuality([1, 2, 3], fitted)).toBe(quality);
});

test("what is the same everywhere is fitted or it is not", () => {
  expect(fitQuality([5, 5], [5, 5])).toBe(1);
  expect(fitQuality([5, 5], [5, 6])).toBe(0);
});
