// Compare-and-swap as a replica applies it: one entry after the other, whatever has reached the engine.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Command, encodeCommand } from "../src/operation/command.ts";
import { Applier } from "../src/peer/applier.ts";
import type { ClientReply } from "../src/peer/client-request.ts";
import { type Entry, makeEntry } from "../src/raft/entry.ts";
import type { LogIndex, Term } from "../src/raft/index.ts";
import type { Tablet } from "../src/tablet/tablet.ts";
import {
  bytes,
  ENGINES,
  type Fixture,
  key,
  metaAt,
  put,
  range,
  TABLET,
  text,
} from "./tablet-fixture.ts";

const VERSION = 2;
const maybe = (value: string | undefined) => (value === undefined ? undefined : bytes(value));

function swap(at: string, expected: string | undefined, value: string | undefined): Command {
  const values = { expected: maybe(expected), value: maybe(value) };
  return { kind: "compare-and-swap", version: VERSION, key: key(at), ...values };
}

function write(at: string, value: string): Command {
  return { kind: "write", version: VERSION, writes: [put(at, value)] };
}

/** Shown as tests compare it: what a swap that lost has found is its text. */
function shown(reply: ClientReply): string {
  return reply.kind === "not-swapped" ? `found ${text(reply.found)}` : reply.kind;
}

describe.each(ENGINES)("on $label", (engine) => {
  let fixture: Fixture;
  let tablet: Tablet;

  beforeEach(async () => {
    fixture = engine.open();
    tablet = await fixture.engine.create(TABLET, metaAt(5, { range: range("", "t") }));
  });
  afterEach(async () => {
    tablet.close();
    await fixture[Symbol.asyncDispose]();
  });

  /** As the entries after those that the tablet has. */
  function apply(...commands: readonly Command[]): string[] {
    const replies: string[] = [];
    const applier = new Applier(
      tablet,
      {
        applyConfChange: () => {
          throw new Error("no membership here");
        },
      },
      {
        answered: (_, reply) => replies.push(shown(reply)),
        split: () => undefined,
        membershipChanged: () => undefined,
      },
    );
    const { appliedIndex } = tablet.meta;
    const entries = commands.map((command, n): Entry => {
      const index = (appliedIndex + n + 1) as LogIndex;
      return makeEntry(5 as Term, index, "normal", encodeCommand(command));
    });
    applier.apply(entries);
    expect(tablet.meta.appliedIndex).toBe(appliedIndex + commands.length);
    return replies;
  }

  test("a swap sees what came before it in the same call, and who comes later sees it", () => {
    const replies = apply(
      write("k", "a"),
      swap("k", "a", "b"),
      swap("k", "a", "c"),
      swap("k", "b", undefined),
      swap("k", undefined, "d"),
      write("k", "e"),
      swap("k", "d", "f"),
      swap("other", "x", "y"),
    );
    expect(replies).toEqual([
      "written",
      "swapped",
      "found b",
      "swapped",
      "swapped",
      "written",
      "found e",
      "found undefined",
    ]);
    expect(text(tablet.get(key("k")))).toBe("e");
    expect(tablet.get(key("other"))).toBeUndefined();
  });

  test("it reads through what is buffered, being committed, and committed", async () => {
    apply(write("k", "a"), write("old", "committed"));
    await tablet.flush();
    expect(apply(swap("old", "committed", "buffered"))).toEqual(["swapped"]);
    const flushing = tablet.flush();
    expect(apply(swap("old", "committed", "no"), swap("old", "buffered", "new"))).toEqual([
      "found buffered",
      "swapped",
    ]);
    await flushing;
    expect(apply(swap("old", "new", undefined), swap("k", "a", "b"))).toEqual([
      "swapped",
      "swapped",
    ]);
  });

  test("replayed after a crash it decides as before, from where the commit ended", async () => {
    apply(write("k", "0"), swap("k", "0", "1"));
    await tablet.flush();
    const lost = [swap("k", "1", "2"), swap("k", "1", "3"), swap("k", "2", undefined)];
    const before = apply(...lost);
    tablet.close();
    tablet = await fixture.reopenEngine().open(TABLET);
    expect(tablet.meta.appliedIndex).toBe(7);
    expect(apply(...lost)).toEqual(before);
    expect(before).toEqual(["swapped", "found 2", "swapped"]);
    expect(tablet.get(key("k"))).toBeUndefined();
  });

  test("an empty value is a value, a byte more is another one", () => {
    expect(
      apply(
        swap("k", "", "a"),
        write("k", ""),
        swap("k", undefined, "a"),
        swap("k", "\0", "a"),
        swap("k", "", "a\0"),
        swap("k", "a", "b"),
      ),
    ).toEqual(["found undefined", "written", "found ", "found ", "swapped", "found a\0"]);
  });

  test("what is not of this version or range has no effect", () => {
    const old = { ...swap("k", undefined, "a"), version: VERSION - 1 } as Command;
    expect(apply(old, swap("u", undefined, "a"))).toEqual(["epoch-mismatch", "key-not-in-region"]);
    expect(tablet.get(key("k"))).toBeUndefined();
    expect(tablet.get(key("u"))).toBeUndefined();
  });
});
