import { describe, expect, test } from "vitest";
import { message, Peer, type PeerOptions } from "../../test/raft-fixture.ts";
import type { Message } from "./message.ts";

const THREE = { voters: [1, 2, 3], asyncStorageWrites: true, log: [1, 1] };

const typesOf = (messages: readonly Message[]) => messages.map(({ type }) => type);

function candidate(config: PeerOptions) {
  const peer = new Peer(1, { ...THREE, hardState: { term: 1 }, ...config });
  peer.node.campaign();
  return { peer, messages: peer.node.ready().messages };
}

describe("vote requests that wait for durability", () => {
  test("leave with the answers of the write that makes term, vote and log durable", () => {
    const { messages } = candidate({ requestVotesWhenDurable: true });
    expect(typesOf(messages)).toEqual(["MsgStorageAppend"]);
    expect(messages[0]).toMatchObject({ term: 2, vote: 1 });
    expect(typesOf(messages[0]?.responses ?? []).sort()).toEqual([
      "MsgVote",
      "MsgVote",
      "MsgVoteResp",
    ]);
  });

  test("leave at once without the switch, as etcd has it", () => {
    const { messages } = candidate({});
    expect(typesOf(messages)).toEqual(["MsgVote", "MsgVote", "MsgStorageAppend"]);
  });

  test("a poll leaves at once either way: it elects nobody", () => {
    const { messages } = candidate({ requestVotesWhenDurable: true, preVote: true });
    expect(typesOf(messages).slice(0, 2)).toEqual(["MsgPreVote", "MsgPreVote"]);
  });

  test("synchronously they are messages of the Ready, which is durable before they leave", () => {
    const { messages } = candidate({ requestVotesWhenDurable: true, asyncStorageWrites: false });
    expect(typesOf(messages)).toEqual(["MsgVote", "MsgVote"]);
  });

  /** Elected by the others before its own vote is durable, crashed, and elected once more. */
  function leadsTwiceInTermTwo(config: PeerOptions): boolean {
    const grants = [message("MsgVoteResp", 2, 1, 2), message("MsgVoteResp", 3, 1, 2)];
    const { peer, messages } = candidate(config);
    const requests = messages.filter(({ type }) => type === "MsgVote");
    if (requests.length > 0) for (const grant of grants) peer.node.step(grant);
    const hasLed = peer.node.isLeader;
    const restarted = new Peer(1, { ...THREE, hardState: { term: 1 }, ...config });
    restarted.node.campaign();
    restarted.handleReady();
    for (const grant of grants) restarted.node.step(grant);
    expect(restarted.node.status()).toMatchObject({ role: "leader", term: 2 });
    return hasLed;
  }

  test("so that nobody leads in a term that a crash lets it begin again", () => {
    expect(leadsTwiceInTermTwo({ requestVotesWhenDurable: true })).toBe(false);
    expect(leadsTwiceInTermTwo({})).toBe(true);
  });
});
