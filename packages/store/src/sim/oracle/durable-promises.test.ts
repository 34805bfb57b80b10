import type { HandledMail } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { Shadow } from "../shadow.ts";
import { DurablePromises } from "./durable-promises.ts";

const PEER = { slot: 3, incarnation: 1 } as never;

function mail(actor: string, message: unknown): HandledMail {
  const at = { host: "store-1", actor, life: PEER, addressedTo: PEER, from: PEER };
  return { ...at, message: message as never, bytes: undefined };
}
const append = (number: number, record: unknown) =>
  mail("logActor", { kind: "append", number, records: [record] });
const entries = { kind: "entries", life: 1, entries: [{ index: 1 }, { index: 2 }] };
const vote = { kind: "hard-state", life: 1, hardState: { term: 4, vote: 9, commit: 0 } };
const notice = (number: number) => mail("peerActor", { kind: "log-durable", number });
const sent = (message: object) =>
  mail("gateActor", { kind: "send", mail: { kind: "raft", from: 1, regionId: 1, message } });
const ack = (index: number) => sent({ type: "MsgAppResp", index, term: 4, to: 9, reject: false });
const yes = (to: number) => sent({ type: "MsgVoteResp", index: 0, term: 4, to, reject: false });

function said(...mails: HandledMail[]): number {
  const what: string[] = [];
  const scene = { shadow: new Shadow(), violated: (_: string, text: string) => what.push(text) };
  const oracle = new DurablePromises(scene as never);
  oracle.spawned("store-1", PEER, { origin: { kind: "new" } } as never);
  for (const one of mails) oracle.handling(one);
  return what.length;
}

test("entries are acknowledged when they are durable", () => {
  expect(said(append(1, entries), notice(1), ack(2))).toBe(0);
  expect(said(append(1, entries), ack(1))).toBe(1);
  expect(said(append(1, entries), notice(1), ack(3))).toBe(1);
});

test("an acknowledgement may wait while a later leader cuts the log", () => {
  const later = { kind: "hard-state", life: 1, hardState: { term: 5, vote: 0, commit: 0 } };
  const cut = { kind: "entries", life: 1, entries: [{ index: 1 }] };
  const cutLater = [append(2, later), append(3, cut), notice(3)];
  expect(said(append(1, vote), append(2, entries), notice(2), ...cutLater, ack(2))).toBe(0);
  // What came in one turn with the later term is durable with it, and acknowledged in the term it came in.
  const together = [append(1, vote), notice(1), append(2, later), append(3, entries), notice(3)];
  expect(said(...together, ack(2))).toBe(0);
  expect(said(append(1, vote), notice(1), append(2, entries), ack(2))).toBe(1);
});

const asks = (from: number) =>
  mail("gateActor", {
    kind: "send",
    mail: { kind: "raft", from, regionId: 1, message: { type: "MsgVote", term: 4, to: 1 } },
  });

test("a candidate asks for votes when its own is durable", () => {
  expect(said(append(1, vote), notice(1), asks(9))).toBe(0);
  expect(said(append(1, vote), asks(9))).toBe(1);
});

test("a vote is given when it is durable, and to nobody else", () => {
  expect(said(append(1, vote), notice(1), yes(9))).toBe(0);
  expect(said(append(1, vote), yes(9))).toBe(1);
  expect(said(append(1, vote), notice(1), yes(8))).toBe(1);
});
