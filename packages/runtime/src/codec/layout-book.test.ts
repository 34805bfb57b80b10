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
  expect(reader.read(layout, shared, 24, 16)).toEqual(step);
  expect(reader.read(layout, shared, 24, 16)).toEqual(step);
});

test("a layout that nobody has named reads as a kind that nobody knows", () => {
  const { bytes, layout } = new LayoutBook().write(stepLayout, step);
  const view = new DataView(bytes.buffer);
  const reader = new LayoutBook();
  expect(reader.read(layout, view, 0, 16)).toEqual({ kind: "unreadable-layout" });
  reader.add([stepLayout]);
  expect(reader.read(layout, view, 0, 16)).toEqual(step);
});

type Text = { readonly kind: "text"; readonly text: string };

const textLayout = defineLayout<Text>({
  name: "text 1",
  byteLength: "variable",
  byteLengthOf: ({ text }) => text.length + 1,
  write({ text }, view, at) {
    for (let index = 0; index < text.length; index += 1)
      view.setUint8(at + index, text.charCodeAt(index));
  },
  read: (view, at, byteLength) => ({
    kind: "text",
    text: Buffer.from(view.buffer, at, byteLength - 1).toString("latin1"),
  }),
});

function textOf(text: string): Text {
  return { kind: "text", text };
}

test.each([0, 1, 255, 256, 257, 100_000, 3_000_000])(
  "a layout of variable length holds a message of %d bytes, and smaller ones after it",
  (length) => {
    const [writer, reader] = [new LayoutBook(), new LayoutBook()];
    reader.add([textLayout]);
    for (const text of ["x".repeat(length), "short", ""]) {
      const { bytes, start, end, layout } = writer.write(textLayout, textOf(text));
      expect([start, end]).toEqual([0, text.length + 1]);
      expect(bytes.length).toBeGreaterThanOrEqual(end + 4);
      expect(reader.isFixed(layout)).toBe(false);
      const view = new DataView(bytes.slice().buffer);
      expect(reader.read(layout, view, 0, end)).toEqual(textOf(text));
    }
  },
);

test("a layout that gives a message no bytes is refused", () => {
  const empty = { ...textLayout, byteLengthOf: () => 0 };
  const text: Text = { kind: "text", text: "a" };
  expect(() => new LayoutBook().write(empty, text)).toThrow(/no bytes/);
});

test("a fixed layout is small, and two names with one number are refused", () => {
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
  const text = { kind: "text", text: "a".repeat(1_000) };
  expect(roundTripLayout(textLayout, text)).toEqual(text);
  const more = { ...step, more: true };
  expect(() => roundTripLayout(stepLayout, more)).toThrow(/does not hold/);
});
