import { expect, test } from "vitest";
import { type AnyLayout, defineLayout } from "../actor/layout.ts";
import { LayoutBook, roundTripLayout } from "./layout-book.ts";

type Step = { readonly kind: "step"; readonly term: number; readonly index: number };

const stepLayout = defineLayout<Step>({
  name: "step 1",
  byteLength: 16,
  write(step, view, at) {
    view.setUint32(at, step.term);
    view.setFloat64(at + 8, step.index);
  },
  read: (view, at) => ({ kind: "step", term: view.getUint32(at), index: view.getFloat64(at + 8) }),
});
const step: Step = { kind: "step", term: 7, index: 2 ** 40 };

test("what one book writes another one reads that knows the layout", () => {
  const { bytes, end, layout } = new LayoutBook().write(stepLayout, step);
  expect(end).toBe(16);
  const shared = new DataView(new ArrayBuffer(64));
  new Uint8Array(shared.buffer).set(bytes.subarray(0, end), 24);
  const reader = new LayoutBook();
  reader.add([stepLayout]);
  expect(reader.read(layout, shared, 24)).toEqual(step);
  expect(reader.read(layout, shared, 24)).toEqual(step);
});

test("a layout that nobody has named reads as a kind that nobody knows", () => {
  const { bytes, layout } = new LayoutBook().write(stepLayout, step);
  const view = new DataView(bytes.buffer);
  const reader = new LayoutBook();
  expect(reader.read(layout, view, 0)).toEqual({ kind: "unreadable-layout" });
  reader.add([stepLayout]);
  expect(reader.read(layout, view, 0)).toEqual(step);
});

test("a layout is small, and two names with one number are refused", () => {
  expect(() => defineLayout({ ...stepLayout, byteLength: 257 })).toThrow(/257 bytes/);
  const book = new LayoutBook();
  book.add([stepLayout, { ...stepLayout }]);
  // These two names have one checksum.
  const [one, other] = ["plumless", "buckeroo"].map((name): AnyLayout => ({ ...stepLayout, name }));
  if (one === undefined || other === undefined) throw new Error("two names");
  book.add([one]);
  expect(() => book.add([other])).toThrow(/different names/);
});

test("a message with a field that its layout does not hold is refused", () => {
  expect(roundTripLayout(stepLayout, step)).toEqual(step);
  const more = { ...step, more: true };
  expect(() => roundTripLayout(stepLayout, more)).toThrow(/does not hold/);
});
