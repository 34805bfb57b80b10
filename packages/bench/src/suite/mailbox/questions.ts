// What the ask rows ask: a number, alone or with bytes. The answer tells that all of it came.
import { assert, defineLayout } from "@multiraft/runtime";

export type NumberQuestion = { readonly kind: "echo"; readonly number: number };
export type BytesQuestion = {
  readonly kind: "echo-bytes";
  readonly number: number;
  readonly data: Uint8Array;
};
export type Question = NumberQuestion | BytesQuestion;

const NUMBER_BYTES = 8;
const DIFFERENT = 256;

/** @param bytes 0: a number alone. @returns What makes the question of a number. Some share their bytes. */
export function questionMaker(bytes: number): (number: number) => Question {
  if (bytes === 0) return (number) => ({ kind: "echo", number });
  const all = Array.from({ length: DIFFERENT }, (_, value) => new Uint8Array(bytes).fill(value));
  return (number) => {
    const data = all[number % DIFFERENT];
    assert(data !== undefined, "no bytes for a number");
    return { kind: "echo-bytes", number, data };
  };
}

export function answerTo(question: Question): number {
  const { number } = question;
  if (question.kind === "echo") return number;
  const { data } = question;
  return number + data.length + (data[0] ?? 0) + (data[data.length - 1] ?? 0);
}

export const numberQuestionLayout = defineLayout<NumberQuestion>({
  name: "bench echo 1",
  byteLength: NUMBER_BYTES,
  write: ({ number }, view, at) => view.setFloat64(at, number, true),
  read: (view, at) => ({ kind: "echo", number: view.getFloat64(at, true) }),
});

export const bytesQuestionLayout = defineLayout<BytesQuestion>({
  name: "bench echo bytes 1",
  byteLength: "variable",
  byteLengthOf: ({ data }) => NUMBER_BYTES + data.length,
  write: ({ number, data }, view, at) => {
    view.setFloat64(at, number, true);
    new Uint8Array(view.buffer, view.byteOffset + at + NUMBER_BYTES, data.length).set(data);
  },
  read: (view, at, byteLength) => {
    const from = view.byteOffset + at + NUMBER_BYTES;
    const data = new Uint8Array(view.buffer, from, byteLength - NUMBER_BYTES).slice();
    return { kind: "echo-bytes", number: view.getFloat64(at, true), data };
  },
});
