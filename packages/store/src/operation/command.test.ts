import { keyFromText } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { type Command, decodeCommand, encodeCommand } from "./command.ts";

const key = keyFromText("k");
const bytes = (text: string): Uint8Array => Buffer.from(text);

const COMMANDS: readonly (readonly [string, Command])[] = [
  [
    "a write",
    {
      kind: "write",
      version: 3,
      writes: [
        { kind: "put", key, value: bytes("v") },
        { kind: "delete", key },
      ],
    },
  ],
  [
    "a swap",
    { kind: "compare-and-swap", version: 3, key, expected: bytes("a"), value: bytes("b") },
  ],
  [
    "a swap of what is not there",
    { kind: "compare-and-swap", version: 1, key, expected: undefined, value: bytes("b") },
  ],
  [
    "a swap of an empty value, which deletes",
    { kind: "compare-and-swap", version: 1, key, expected: bytes(""), value: undefined },
  ],
];

test.each(COMMANDS)("%s is decoded as it was encoded", (_, command) => {
  expect(decodeCommand(encodeCommand(command))).toEqual(command);
});
