import type { Key } from "@multiraft/pd/protocol";
import type { ReplyToken } from "@multiraft/runtime";
import { beforeEach, expect, test } from "vitest";
import type { RaftNode } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { ClientReply } from "./client-request.ts";
import { ClientService, GATHERED_BYTES_MAX } from "./client-service.ts";
import type { Leadership } from "./leadership.ts";

const VERSION = 3;

let underWay: number;
let proposed: Uint8Array[];
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
  propose: (data: Uint8Array) => {
    if (!isLeader) return "no-leader";
    proposed.push(data);
    return undefined;
  },
} as unknown as RaftNode;

beforeEach(() => {
  underWay = 0;
  proposed = [];
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
