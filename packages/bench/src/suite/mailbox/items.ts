// The messages that the mailbox suite sends, in four shapes: four numbers, a number and a text, a number and
// bytes, a number and two lists. Each tells its number, so that a lost, doubled or torn one shows in the sum of their weights.
import { assert, defineLayout } from "@multiraft/runtime";

export type NumbersItem = {
  readonly kind: "numbers";
  readonly number: number;
  readonly twice: number;
  readonly half: number;
  readonly negative: number;
};
export type TextItem = { readonly kind: "text"; readonly number: number; readonly text: string };
export type BytesItem = {
  readonly kind: "bytes";
  readonly number: number;
  readonly data: Uint8Array;
};
export type ListsItem = {
  readonly kind: "lists";
  readonly number: number;
  readonly values: readonly number[];
  readonly names: readonly string[];
};
export type Item = NumbersItem | TextItem | BytesItem | ListsItem;

/** `bytes` of a text or of bytes; four numbers are 32, two lists as many as their numbers and letters. */
export type ItemShape = { readonly shape: Item["kind"]; readonly bytes: number };

export const NUMBERS_BYTES = 32;
const LIST_VALUES = 8;
const LIST_NAMES = ["north", "east", "south", "west"];
export const LISTS_BYTES = 8 * LIST_VALUES + LIST_NAMES.join("").length;
const ALPHABET = "0123456789abcdef";

/** @returns What makes the item of a number. Items of one number may share their memory. */
export function itemMaker({ shape, bytes }: ItemShape): (number: number) => Item {
  switch (shape) {
    case "numbers":
      return (number) => ({
        kind: "numbers",
        number,
        twice: number * 2,
        half: number / 2,
        negative: -number,
      });
    case "text": {
      const text = ALPHABET.repeat(Math.ceil(bytes / ALPHABET.length)).slice(0, bytes);
      return (number) => ({ kind: "text", number, text });
    }
    case "lists":
      return (number) => ({
        kind: "lists",
        number,
        values: Array.from({ length: LIST_VALUES }, (_, i) => number + i),
        names: LIST_NAMES,
      });
    case "bytes": {
      const data = Array.from({ length: 256 }, (_, value) => new Uint8Array(bytes).fill(value));
      return (number) => {
        const own = data[number & 0xff];
        assert(own !== undefined, "no bytes for a number");
        return { kind: "bytes", number, data: own };
      };
    }
  }
}

/** What a receiver adds up. */
export function weightOf(item: Item): number {
  switch (item.kind) {
    case "numbers":
      return item.number + item.twice + item.half + item.negative;
    case "text":
      return item.number + item.text.length;
    case "lists": {
      const { number, values, names } = item;
      const sum = values.reduce((all, value) => all + value, number);
      return names.reduce((all, name) => all + name.length, sum);
    }
    case "bytes": {
      const { number, data } = item;
      return number + data.length + (data[0] ?? 0) + (data[data.length - 1] ?? 0);
    }
  }
}

/** The weight of items 1 to `count`. */
export function totalWeight(shape: ItemShape, count: number): number {
  const make = itemMaker(shape);
  let sum = 0;
  for (let number = 1; number <= count; number += 1) sum += weightOf(make(number));
  return sum;
}

export const numbersLayout = defineLayout<NumbersItem>({
  name: "bench numbers 1",
  byteLength: NUMBERS_BYTES,
  write: ({ number, twice, half, negative }, view, at) => {
    view.setFloat64(at, number, true);
    view.setFloat64(at + 8, twice, true);
    view.setFloat64(at + 16, half, true);
    view.setFloat64(at + 24, negative, true);
  },
  read: (view, at) => ({
    kind: "numbers",
    number: view.getFloat64(at, true),
    twice: view.getFloat64(at + 8, true),
    half: view.getFloat64(at + 16, true),
    negative: view.getFloat64(at + 24, true),
  }),
});

const NUMBER_BYTES = 8;

export const bytesLayout = defineLayout<BytesItem>({
  name: "bench bytes 1",
  byteLength: "variable",
  byteLengthOf: ({ data }) => NUMBER_BYTES + data.length,
  write: ({ number, data }, view, at) => {
    view.setFloat64(at, number, true);
    new Uint8Array(view.buffer, view.byteOffset + at + NUMBER_BYTES, data.length).set(data);
  },
  read: (view, at, byteLength) => {
    const from = view.byteOffset + at + NUMBER_BYTES;
    const data = new Uint8Array(view.buffer, from, byteLength - NUMBER_BYTES).slice();
    return { kind: "bytes", number: view.getFloat64(at, true), data };
  },
});

export const ITEM_LAYOUTS = [numbersLayout, bytesLayout];

/** The others go by the default codec. */
export function hasLayout({ shape }: ItemShape): boolean {
  return shape === "numbers" || shape === "bytes";
}
