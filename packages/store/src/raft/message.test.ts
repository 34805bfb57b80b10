import { expect, test } from "vitest";
import { at, confState, entry, id, message, snapshot, term } from "../../test/raft-fixture.ts";
import { APPEND_THREAD, APPLY_THREAD } from "./ids.ts";
import {
  appendAck,
  appendMessage,
  appendRefusal,
  heartbeat,
  heartbeatAck,
  isAfterPersistType,
  isLocalType,
  isResponseType,
  MESSAGE_TYPES,
  plainMessage,
  readIndexResponse,
  redirect,
  request,
  snapshotMessage,
  storageAppend,
  storageAppendAck,
  storageApply,
  storageApplyAck,
  voteGrant,
  voteRefusal,
  voteRequest,
} from "./message.ts";

test("row 159: which types are local, responses, and after-persist", () => {
  expect(MESSAGE_TYPES.filter(isLocalType)).toEqual([
    "MsgHup",
    "MsgBeat",
    "MsgUnreachable",
    "MsgSnapStatus",
    "MsgCheckQuorum",
    "MsgStorageAppend",
    "MsgStorageAppendResp",
    "MsgStorageApply",
    "MsgStorageApplyResp",
  ]);
  expect(MESSAGE_TYPES.filter(isResponseType)).toEqual([
    "MsgAppResp",
    "MsgVoteResp",
    "MsgHeartbeatResp",
    "MsgUnreachable",
    "MsgReadIndexResp",
    "MsgPreVoteResp",
    "MsgStorageAppendResp",
    "MsgStorageApplyResp",
  ]);
  expect(MESSAGE_TYPES.filter(isAfterPersistType)).toEqual([
    "MsgAppResp",
    "MsgVoteResp",
    "MsgPreVoteResp",
  ]);
});

test("the others are told to be neither", () => {
  expect([isLocalType("MsgApp"), isResponseType("MsgApp")]).toEqual([false, false]);
});

test("there are 24 types, in the order of their numbers", () => {
  expect(MESSAGE_TYPES.join(" ")).toBe(
    "MsgHup MsgBeat MsgProp MsgApp MsgAppResp MsgVote MsgVoteResp MsgSnap MsgHeartbeat " +
      "MsgHeartbeatResp MsgUnreachable MsgSnapStatus MsgCheckQuorum MsgTransferLeader " +
      "MsgTimeoutNow MsgReadIndex MsgReadIndexResp MsgPreVote MsgPreVoteResp MsgStorageAppend " +
      "MsgStorageAppendResp MsgStorageApply MsgStorageApplyResp MsgForgetLeader",
  );
});

test("every constructor makes the same fields in the same order: one hidden class", () => {
  const self = { id: id(1), term: term(2) };
  const place = { index: at(3), term: term(2) };
  const to = id(2);
  const made = [
    message("MsgHup", 1, 1, 0, { reject: true, context: 4 }),
    plainMessage("MsgTimeoutNow", self, to),
    appendMessage(self, to, place, [entry(2, 4)], at(3)),
    appendAck(self, to, at(3), at(0)),
    appendRefusal(self, to, at(3), place),
    heartbeat(self, to, at(3), 1),
    heartbeatAck(self, to, 1, at(3)),
    voteRequest("MsgVote", self, to, place, place, 1),
    voteGrant("MsgPreVoteResp", self, to),
    voteRefusal("MsgPreVoteResp", self, to, place),
    snapshotMessage(self, to, snapshot(3, 2, confState([1]))),
    request("MsgProp", to, id(1), []),
    readIndexResponse(self, to, at(3), []),
    storageAppend(id(1), APPEND_THREAD, null, [], null, []),
    storageAppendAck(APPEND_THREAD, id(1), term(2), place, null),
    storageApply(id(1), APPLY_THREAD, [], []),
    storageApplyAck(APPLY_THREAD, id(1), []),
    redirect(message("MsgTransferLeader", 3, 1, 0), to, id(3), term(2)),
  ];
  const fields = made.map((each) => Object.keys(each).join(" "));
  expect(new Set(fields).size).toBe(1);
  expect(fields[0]?.split(" ")).toHaveLength(15);
});

test("a redirected message is another object with the same content", () => {
  const original = message("MsgTransferLeader", 3, 1, 0, { index: at(7) });
  const redirected = redirect(original, id(2), id(3), term(5));
  expect(redirected).toEqual({ ...original, to: 2, term: 5 });
  expect(original.to).toBe(1);
});
