import type { ReplyToken } from "@multiraft/runtime";
import { beforeEach, expect, test } from "vitest";
import type { LogIndex, Term } from "../raft/index.ts";
import type { ClientReply } from "./client-request.ts";
import { Proposals } from "./proposals.ts";

let answers: [name: unknown, kind: ClientReply["kind"]][];
let proposals: Proposals;

beforeEach(() => {
  answers = [];
  proposals = new Proposals((token, { kind }) => answers.push([token, kind]));
});

function add(index: number, term: number, name: string): void {
  proposals.add(index as LogIndex, term as Term, name as unknown as ReplyToken);
}

function applied(index: number, term: number): void {
  proposals.applied(index as LogIndex, term as Term, { kind: "written" });
}

test("whose entry is applied is told so, and whose place another has taken, that it was lost", () => {
  add(10, 5, "a");
  add(11, 5, "b");
  applied(10, 5);
  applied(11, 6);
  expect(answers).toEqual([
    ["a", "written"],
    ["b", "not-leader"],
  ]);
  expect(proposals.count).toBe(0);
});

/**
 * Of five voters the leader of term 5 has brought `a` to one other, and was cut off. The leader of term 6 cuts it
 * from this log; this replica leads again in term 7, and the place is given anew. Then whoever still has `a` leads
 * in term 8 and commits it.
 */
test("who was cut from this log is not lost: another log may have it still", () => {
  add(11, 5, "a");
  add(11, 7, "b");
  expect(answers).toEqual([]);
  expect(proposals.count).toBe(2);
  applied(11, 5);
  expect(answers).toEqual([
    ["b", "not-leader"],
    ["a", "written"],
  ]);
  expect(proposals.count).toBe(0);
});

test("of all that were made at one index none is forgotten when nothing can be known any more", () => {
  add(11, 5, "a");
  add(11, 7, "b");
  add(12, 7, "c");
  proposals.jumpedTo(11 as LogIndex);
  expect(answers).toEqual([
    ["b", "outcome-unknown"],
    ["a", "outcome-unknown"],
  ]);
  expect(proposals.count).toBe(1);
  add(12, 9, "d");
  proposals.abandonAll();
  proposals.abandonAll();
  expect(answers.slice(2)).toEqual([
    ["d", "outcome-unknown"],
    ["c", "outcome-unknown"],
  ]);
  expect(proposals.count).toBe(0);
});
