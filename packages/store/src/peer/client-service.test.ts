import type { Key } from "@multiraft/pd/protocol";
import type { ReplyToken } from "@multiraft/runtime";
import { beforeEach, expect, test } from "vitest";
import type { LogIndex, RaftNode, Refusal, Term } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { ClientReply } from "./client-request.ts";
import { ClientService, GATHERED_BYTES_MAX } from "./client-service.ts";
import type { Leadership } from "./leadership.ts";

const VERSION = 3;

let underWay: number;
let proposed: Uint8Array[];
/** How many each proposal of Raft had that was taken. */
let batches: number[];
let uncommittedMax: number;
let readRefusal: Refusal | undefined;
let replies: { readonly token: unknown; readonly kind: ClientReply["kind"] }[];
let isLeader: boolean;
let service: ClientService;

const node = {
  get isLeader() {
    return isLeader;
  },
  leader: 0,
  term: 5,
  get lastIndex() {
    return 5 + proposed.length;
  },
  propose: (data: Uint8Array) => node.proposeAll([data]),
  readIndex: () => readRefusal,
  proposeAll: (payloads: readonly Uint8Array[]) => {
    if (!isLeader) return "no-leader";
    if (proposed.length + payloads.length > uncommittedMax) return "uncommitted-limit";
    batches.push(payloads.length);
    proposed.push(...payloads);
    return undefined;
  },
} as unknown as RaftNode;

beforeEach(() => {
  underWay = 0;
  proposed = [];
  batches = [];
  uncommittedMax = Number.POSITIVE_INFINITY;
  readRefusal = undefined;
  replies = [];
  isLeader = true;
  const region = { peers: [], epoch: { version: VERSION, confVer: 1 } };
  const tablet = { meta: { region } } as unknown as Tablet;
  service = new ClientService({
    node: () => node,
    data: () => ({ tablet, leadership: {} as Leadership }),
    reply: (token, { kind }) => replies.push({ token, kind }),
    appendsUnderWay: () => underWay,
  });
});

function write(name: string, valueBytes = 1): void {
  const writes = [{ kind: "put" as const, key: "k" as Key, value: new Uint8Array(valueBytes) }];
  service.onRequest({ kind: "write", version: VERSION, writes }, name as unknown as ReplyToken);
}

test("a write is proposed at the end of its turn while the log has room", () => {
  write("a");
  expect(proposed).toEqual([]);
  underWay = 1;
  service.proposeGathered(node);
  expect(proposed.length).toBe(1);
});

test("while one append is written and one waits, commands are gathered, and then go together", () => {
  underWay = 2;
  for (const name of ["a", "b", "c"]) {
    write(name);
    service.proposeGathered(node);
  }
  expect(proposed).toEqual([]);
  expect(replies).toEqual([]);
  underWay = 1;
  service.proposeGathered(node);
  expect(proposed.length).toBe(3);
  service.proposeGathered(node);
  expect(proposed.length).toBe(3);
});

test("what was gathered and never proposed is answered once, as certain to have had no effect", () => {
  underWay = 2;
  write("a");
  isLeader = false;
  service.leadershipLost();
  service.leadershipLost();
  expect(replies).toEqual([{ token: "a", kind: "not-leader" }]);
  isLeader = true;
  write("b");
  service.abandonAll();
  service.abandonAll();
  expect(replies.slice(1)).toEqual([{ token: "b", kind: "region-not-found" }]);
  underWay = 0;
  service.proposeGathered(node);
  expect(proposed).toEqual([]);
});

test("who stopped leading since the command came refuses it", () => {
  write("a");
  isLeader = false;
  service.proposeGathered(node);
  expect(replies).toEqual([{ token: "a", kind: "not-leader" }]);
});

test("what is gathered is bounded in bytes, and there is room again when it has gone", () => {
  underWay = 2;
  const valueBytes = 512 * 1_024;
  const fitting = Math.floor(GATHERED_BYTES_MAX / (valueBytes + 64));
  for (let n = 0; n < fitting; n += 1) write("in", valueBytes);
  expect(replies).toEqual([]);
  write("beyond", valueBytes);
  expect(replies).toEqual([{ token: "beyond", kind: "busy" }]);
  underWay = 0;
  service.proposeGathered(node);
  expect(proposed.length).toBe(fitting);
  write("later", valueBytes);
  expect(replies.length).toBe(1);
});

function gatherFour(): void {
  for (const name of ["a", "b", "c", "d"]) write(name);
  service.proposeGathered(node);
}

/** The entries from `from` on are applied, each with its own answer. */
function applyFrom(from: number, count: number): void {
  for (let index = from; index < from + count; index += 1)
    service.onEntryApplied(index as LogIndex, 5 as Term, { kind: "written" });
}

test("what was gathered is one proposal, and each command has its own place in it", () => {
  gatherFour();
  expect(batches).toEqual([4]);
  applyFrom(6, 4);
  expect(replies.map(({ token }) => token)).toEqual(["a", "b", "c", "d"]);
  expect(new Set(replies.map(({ kind }) => kind))).toEqual(new Set(["written"]));
});

test("of a batch that is too much together, what fits is taken", () => {
  uncommittedMax = 3;
  gatherFour();
  expect(batches).toEqual([1, 1, 1]);
  expect(replies).toEqual([{ token: "d", kind: "busy" }]);
  applyFrom(6, 3);
  expect(replies.slice(1).map(({ token }) => token)).toEqual(["a", "b", "c"]);
});

function read(name: string): void {
  const request = { kind: "get" as const, version: VERSION, key: "k" as Key };
  service.onRequest(request, name as unknown as ReplyToken);
  service.askForReads(node);
}

test("a leader whose queue of reads is full is busy, and goes on with what it has", () => {
  underWay = 2;
  write("a write");
  read("before");
  readRefusal = "read-queue-full";
  read("beyond");
  expect(replies).toEqual([{ token: "beyond", kind: "busy" }]);
  readRefusal = "no-leader";
  read("later");
  expect(replies.slice(1).map(({ kind }) => kind)).toEqual(Array(3).fill("not-leader"));
});

test("whoever gathers or reads is busy; who only waits for the entries of others is not", () => {
  expect(service.isBusy).toBe(false);
  write("a");
  expect(service.isBusy).toBe(true);
  service.proposeGathered(node);
  expect(service.isBusy).toBe(false);
  expect(service.callers).toBe(1);
  read("b");
  expect(service.isBusy).toBe(true);
});
