import { expect, test } from "vitest";
import { answerTo, bytesQuestionLayout, questionMaker } from "./questions.ts";

test("the answer tells a question that was torn or cut", () => {
  const question = questionMaker(1_024)(7);
  if (question.kind !== "echo-bytes") throw new Error("no bytes were asked with");
  const right = answerTo(question);
  expect(right).toBe(7 + 1_024 + 7 + 7);
  expect(answerTo({ ...question, data: question.data.slice(0, 1_000) })).not.toBe(right);
  const torn = Uint8Array.from(question.data);
  torn[1_023] = 8;
  expect(answerTo({ ...question, data: torn })).not.toBe(right);
});

test("a question goes through its layout unchanged", () => {
  const question = questionMaker(16)(300);
  if (question.kind !== "echo-bytes") throw new Error("no bytes were asked with");
  if (bytesQuestionLayout.byteLength !== "variable") throw new Error("not variable");
  const byteLength = bytesQuestionLayout.byteLengthOf(question);
  const view = new DataView(new ArrayBuffer(byteLength + 3));
  bytesQuestionLayout.write(question, view, 3);
  expect(bytesQuestionLayout.read(view, 3, byteLength)).toEqual(question);
});

test("a number alone is its own answer", () => {
  expect(answerTo(questionMaker(0)(41))).toBe(41);
});
