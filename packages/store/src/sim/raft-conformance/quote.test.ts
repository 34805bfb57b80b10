import { expect, test } from "vitest";
import { quote } from "./quote.ts";

test.each([
  ["nothing", [], '""'],
  ["text", Buffer.from("a b~"), '"a b~"'],
  ["quotes and backslashes", Buffer.from('"\\'), '"\\"\\\\"'],
  ["known escapes", Buffer.from("\x07\b\f\n\r\t\v"), '"\\a\\b\\f\\n\\r\\t\\v"'],
  ["other control characters", [0x00, 0x1f, 0x7f], '"\\x00\\x1f\\x7f"'],
  ["letters of any language", Buffer.from("é日🙂"), '"é日🙂"'],
  [
    "what has no shape",
    Buffer.from("\u00a0\u200b\ufeff\u{e0001}"),
    '"\\u00a0\\u200b\\ufeff\\U000e0001"',
  ],
  ["bytes that are no UTF-8", [0xff, 0x61, 0xe6, 0x97], '"\\xffa\\xe6\\x97"'],
])("%s", (_, bytes, text) => {
  expect(quote(Uint8Array.from(bytes))).toBe(text);
});

test("no data are an empty text", () => {
  expect(quote(null)).toBe('""');
});
