import type { HandledMail } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import type { LogRecord } from "../../log/record.ts";
import { Shadow } from "../shadow.ts";
import { DurableFirst } from "./durable-first.ts";
import { OwedChildren } from "./owed-children.ts";

const HOST = "store-1";
const REGISTRY = { slot: 1, incarnation: 1 } as never;
const ENDED: LogRecord = {
  kind: "tombstone",
  life: 7 as never,
  tombstone: {
    regionId: 1 as never,
    peerId: 2 as never,
    epoch: { version: 1, confVer: 2 },
    removedPeerIds: [],
  },
};
const SPLIT: LogRecord = {
  kind: "split",
  parentLife: 7 as never,
  index: 9 as never,
  children: [{ region: { id: 4 } as never, peerId: 5 as never }],
};
const DONE: LogRecord = {
  kind: "split-done",
  parentLife: 7 as never,
  index: 9 as never,
  childRegionId: 4 as never,
};

function mail(actor: string, message: unknown): HandledMail {
  const at = { host: HOST, actor, life: REGISTRY, addressedTo: REGISTRY, from: REGISTRY };
  return { ...at, message: message as never, bytes: undefined };
}
const append = (number: number, ...records: LogRecord[]) =>
  mail("logActor", { kind: "append", number, records });
const notice = (number: number) => mail("registryActor", { kind: "log-durable", number });
const removed = mail("registryActor", { kind: "removed-tablets", life: 7 });

function said(kind: typeof DurableFirst | typeof OwedChildren, ...mails: HandledMail[]): string[] {
  const what: string[] = [];
  const scene = { shadow: new Shadow(), violated: (_: string, text: string) => what.push(text) };
  const oracle = new kind(scene as never);
  for (const one of mails) oracle.handling(one);
  return what;
}

test("data of an ended life go when its tombstone is durable, and not before", () => {
  expect(said(DurableFirst, append(1, ENDED), notice(1), removed)).toEqual([]);
  expect(said(DurableFirst, append(1, ENDED), removed)).toHaveLength(1);
  expect(said(DurableFirst, append(1), append(2, ENDED), notice(1), removed)).toHaveLength(1);
});

test("a parent ends when all children of its splits are settled", () => {
  expect(said(OwedChildren, append(1, SPLIT), append(2, DONE), append(3, ENDED))).toEqual([]);
  expect(said(OwedChildren, append(1, SPLIT), append(2, ENDED))).toHaveLength(1);
});

test("what a log says is owed is owed after a restart", () => {
  const value = {
    splits: [{ parentLife: 7, index: 9, pending: [{ region: { id: 4 } }] }],
    lives: [],
    tombstones: [{ regionId: 4 }],
  };
  const recovered = mail("registryActor", { kind: "recovered", outcome: { kind: "reply", value } });
  expect(said(OwedChildren, recovered, append(1, ENDED))).toHaveLength(1);
  expect(said(OwedChildren, recovered, append(1, DONE, ENDED))).toEqual([]);
});
