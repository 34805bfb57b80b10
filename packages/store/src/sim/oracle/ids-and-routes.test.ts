import type { HandledMail } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { Shadow } from "../shadow.ts";
import { IdsGivenOnce } from "./ids-given-once.ts";
import type { Oracle, Scene } from "./oracle.ts";
import { RecoveredLogs } from "./recovered-logs.ts";
import { Routes } from "./routes.ts";

const AT = { slot: 1, incarnation: 1 } as never;

function said(kind: new (scene: Scene) => Oracle, ...mails: HandledMail[]): string[] {
  const what: string[] = [];
  const scene = { shadow: new Shadow(), violated: (_: string, text: string) => what.push(text) };
  const oracle = new kind(scene as never);
  for (const one of mails) oracle.handling?.(one);
  return what;
}

function mail(actor: string, message: unknown): HandledMail {
  const at = { host: "store-1", actor, life: AT, addressedTo: AT, from: AT };
  return { ...at, message: message as never, bytes: undefined };
}

const order = (operatorId: number, regionId: number, peerId: number) =>
  mail("peerActor", {
    kind: "pd-order",
    operatorId,
    regionId,
    step: { kind: "add-learner", peer: { id: peerId, storeId: 4 } },
  });
const route = (life: number, incarnation: number) =>
  mail("gateActor", { kind: "route", regionId: 7, life, address: { slot: 9, incarnation } });
const unroute = (life: number) => mail("gateActor", { kind: "unroute", regionId: 7, life });

type Recovered = { readonly term: number; readonly lastIndex: number };
const recovered = (...lives: readonly Recovered[]) =>
  mail("registryActor", {
    kind: "recovered",
    outcome: {
      kind: "reply",
      value: {
        lives: lives.map(({ term, lastIndex }) => ({
          life: 3,
          hardState: { term, vote: 0, commit: 0 },
          generation: 1,
          lastIndex,
        })),
      },
    },
  });
const entriesAt = (index: number) =>
  mail("logActor", {
    kind: "append",
    number: 1,
    records: [{ kind: "entries", life: 3, entries: [{ index, term: 1, type: 0, data: AT }] }],
  });

test("an order again is the same use of its ids, another operator's is not", () => {
  expect(said(IdsGivenOnce, order(301, 5, 302), order(301, 5, 302))).toEqual([]);
  expect(said(IdsGivenOnce, order(301, 5, 302), order(301, 6, 303))).toHaveLength(1);
  expect(said(IdsGivenOnce, order(301, 5, 302), order(303, 6, 302))).toHaveLength(1);
});

test("a way is taken back before there is another", () => {
  expect(said(Routes, route(1, 1), unroute(1), route(1, 2))).toEqual([]);
  expect(said(Routes, route(1, 1), route(1, 2))).toHaveLength(1);
});

test("a log that was read says no less at the next start, but for what was cut since", () => {
  const before = recovered({ term: 3, lastIndex: 9 });
  expect(said(RecoveredLogs, before, recovered({ term: 3, lastIndex: 9 }))).toEqual([]);
  expect(said(RecoveredLogs, before, recovered({ term: 2, lastIndex: 9 }))).toHaveLength(1);
  expect(said(RecoveredLogs, before, recovered({ term: 3, lastIndex: 8 }))).toHaveLength(1);
  const cut = said(RecoveredLogs, before, entriesAt(6), recovered({ term: 3, lastIndex: 6 }));
  expect(cut).toEqual([]);
  expect(said(RecoveredLogs, before, recovered())).toHaveLength(1);
});
