import { expect, test } from "vitest";
import { MessageCodec } from "../codec/message-codec.ts";
import { fromErrorData, toErrorData } from "./error-data.ts";

test("an error travels with its name, code and causes", () => {
  const cause = Object.assign(new RangeError("inner"), { code: "E_INNER" });
  const data = toErrorData(new TypeError("outer", { cause }));
  const rebuilt = fromErrorData(data);
  expect(rebuilt).toMatchObject({ name: "TypeError", message: "outer" });
  expect(rebuilt.cause).toMatchObject({ name: "RangeError", message: "inner", code: "E_INNER" });
});

const angry = {
  toString: () => {
    throw new Error("no text of this");
  },
};

test.each<[string, unknown]>([
  ["an object without a prototype", Object.create(null)],
  ["an object that throws when it is made a text", angry],
  ["a symbol", Symbol("s")],
  [
    "an error whose message throws",
    Object.defineProperty(new Error(), "message", { get: angry.toString }),
  ],
  [
    "an error whose message is no text",
    Object.assign(new Error(), { message: 7, name: Symbol("n") }),
  ],
  ["an error that causes itself", selfCaused()],
])("whatever was thrown is described: %s", (_name, thrown) => {
  const data = toErrorData(thrown);
  expect([typeof data.name, typeof data.message]).toEqual(["string", "string"]);
});

test("texts of any length are cut, so that the end of an actor always fits a message", () => {
  let error = new Error("żółw".repeat(3_000_000));
  for (let depth = 0; depth < 20; depth += 1) error = new Error(error.message, { cause: error });
  const bytes = new MessageCodec().encodeCopy(toErrorData(error)).length;
  expect(bytes).toBeLessThan(512 * 1_024);
});

function selfCaused(): Error {
  const error = new Error("self");
  error.cause = error;
  return error;
}
