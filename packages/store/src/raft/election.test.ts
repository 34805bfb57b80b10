import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  Cluster,
  confState,
  ELECTION_TICKS,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import { encodeConfChange, makeConfChange } from "./conf-change.ts";
import { makeEntry } from "./entry.ts";
import type { MessageType } from "./message.ts";

const THREE = { voters: [1, 2, 3] };

const vote = (from: number, ofTerm: number, last: readonly [number, number] = [0, 0]) =>
  message("MsgVote", from, 1, ofTerm, { index: at(last[0]), logTerm: term(last[1]) });
const preVote = (from: number, ofTerm: number, last: readonly [number, number] = [0, 0]) =>
  message("MsgPreVote", from, 1, ofTerm, { index: at(last[0]), logTerm: term(last[1]) });

describe("the election timeout", () => {
  test("row 10: the election timeout raises the term, votes for itself and asks all others", () => {
    const peer = new Peer(1, { ...THREE, log: [1, 2], hardState: { term: 2 } });
    const sent = peer.tick(ELECTION_TICKS);
    expect(sent.map(brief)).toEqual(["1->2 MsgVote term 3 index 2", "1->3 MsgVote term 3 index 2"]);
    expect(sent[0]?.logTerm).toBe(2);
    expect(peer.hardState).toMatchObject({ term: 3, vote: 1 });
    expect(peer.node.role).toBe("candidate");
  });

  test("row 11: a candidate times out into a new round", () => {
    const peer = new Peer(1, THREE);
    peer.tick(ELECTION_TICKS);
    const sent = peer.tick(ELECTION_TICKS);
    expect(sent.map(brief)).toEqual(["1->2 MsgVote term 2 index 0", "1->3 MsgVote term 2 index 0"]);
    expect(peer.node.term).toBe(2);
  });
});

describe("counting votes", () => {
  test.each([
    // voters, yes, no, role
    [1, [], [], "leader"],
    [3, [2], [], "leader"],
    [3, [], [], "candidate"],
    [3, [], [2], "candidate"],
    [3, [], [2, 3], "follower"],
    [3, [3], [2], "leader"],
    [5, [2], [], "candidate"],
    [5, [2, 3], [4, 5], "leader"],
    [5, [2], [3, 4, 5], "follower"],
    [5, [], [3, 4], "candidate"],
    [4, [2], [3], "candidate"],
    [4, [2], [3, 4], "follower"],
  ] as const)("rows 12, 13: %d voters, %o yes, %o no: %s", (count, yes, no, role) => {
    for (const isPreVote of [false, true]) {
      const voters = Array.from({ length: count }, (_, position) => position + 1);
      const peer = new Peer(1, { voters, preVote: isPreVote });
      peer.node.campaign();
      peer.run();
      const answer = (voter: number, reject: boolean) => {
        const type: MessageType = isPreVote ? "MsgPreVoteResp" : "MsgVoteResp";
        // A refusal carries the own term of the voter, a granted poll the one it was asked for.
        const ofTerm = isPreVote && reject ? 0 : 1;
        return message(type, voter, 1, ofTerm, { reject });
      };
      peer.take(
        ...no.map((voter) => answer(voter, true)),
        ...yes.map((voter) => answer(voter, false)),
      );
      // A won poll starts the election; of one voter that is won at once.
      const afterPoll = { leader: "candidate", candidate: "pre-candidate", follower: "follower" };
      const expected = isPreVote && count > 1 ? afterPoll[role] : role;
      expect(peer.node.role).toBe(expected);
    }
  });

  test("row 13: the loser keeps its term and its vote", () => {
    const peer = new Peer(1, THREE);
    peer.node.campaign();
    peer.run();
    for (const voter of [2, 3]) peer.take(message("MsgVoteResp", voter, 1, 1, { reject: true }));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, vote: 1, leader: 0 });
  });

  test("row 19: the first answer of a voter counts", () => {
    const peer = new Peer(1, { voters: [1, 2, 3, 4, 5] });
    peer.node.campaign();
    peer.run();
    const no = message("MsgVoteResp", 2, 1, 1, { reject: true });
    peer.take(no, message("MsgVoteResp", 2, 1, 1), message("MsgVoteResp", 3, 1, 1));
    expect(peer.node.role).toBe("candidate");
    peer.take(message("MsgVoteResp", 4, 1, 1));
    expect(peer.node.role).toBe("leader");
  });

  test("the vote of somebody outside the configuration does not count", () => {
    const peer = new Peer(1, { ...THREE, learners: [4] });
    peer.node.campaign();
    peer.run();
    expect(peer.node.step(message("MsgVoteResp", 9, 1, 1))).toBe("unknown-peer");
    peer.take(message("MsgVoteResp", 4, 1, 1));
    expect(peer.node.role).toBe("candidate");
    const counts = peer.events.filter((event) => event.kind === "votes-counted");
    expect(counts.at(-1)).toMatchObject({ granted: 1, rejected: 0 });
  });

  test("row 32: a joint election needs both halves", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 3, 4].map(id) });
    const peer = new Peer(1, { snapshot: snapshot(5, 1, conf) });
    peer.node.campaign();
    const sent = peer.run();
    expect(sent.map(({ to }) => to)).toEqual([2, 3, 4]);
    peer.take(message("MsgVoteResp", 2, 1, 1));
    expect(peer.node.role).toBe("candidate");
    peer.take(message("MsgVoteResp", 4, 1, 1));
    expect(peer.node.role).toBe("leader");
  });
});

describe("giving a vote", () => {
  test.each([
    // own vote, from, candidate's last (index, term), granted
    [0, 2, [2, 2], true],
    [0, 2, [3, 2], true],
    [0, 2, [1, 3], true],
    [0, 2, [1, 2], false],
    [0, 2, [9, 1], false],
    [0, 2, [0, 0], false],
    [2, 2, [2, 2], true],
    [2, 2, [1, 2], false],
    [3, 2, [2, 2], false],
    [3, 2, [9, 9], false],
  ] as const)("rows 14, 15: voted for %d; %d asks with %o: %s", (own, from, last, isGranted) => {
    const peer = new Peer(1, { ...THREE, log: [2, 2], hardState: { term: 3, vote: own } });
    const sent = peer.take(vote(from, 3, last));
    expect(sent.map(brief)).toEqual([
      `1->${from} MsgVoteResp term 3 index 0${isGranted ? "" : " reject"}`,
    ]);
    expect(peer.hardState.vote).toBe(isGranted ? from : own);
  });

  test("row 16: not while a leader of the term is known, except again", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 3 } });
    peer.take(message("MsgHeartbeat", 3, 1, 3));
    expect(peer.take(vote(2, 3)).map(brief)).toEqual(["1->2 MsgVoteResp term 3 index 0 reject"]);
    const voted = new Peer(1, { ...THREE, hardState: { term: 3, vote: 3 } });
    voted.take(message("MsgHeartbeat", 3, 1, 3));
    expect(voted.take(vote(3, 3)).map(brief)).toEqual(["1->3 MsgVoteResp term 3 index 0"]);
  });

  test("row 14: a second candidate of the term gets no vote, the first gets it again", () => {
    const peer = new Peer(1, THREE);
    const answers = [vote(2, 1), vote(3, 1), vote(2, 1)].flatMap((ask) => [...peer.take(ask)]);
    expect(answers.map(({ reject }) => reject)).toEqual([false, true, false]);
    peer.restart();
    expect(peer.take(vote(3, 1))[0]?.reject).toBe(true);
  });

  test("row 31: a learner votes", () => {
    const peer = new Peer(1, { voters: [2, 3], learners: [1] });
    expect(peer.take(vote(2, 1))[0]).toMatchObject({ type: "MsgVoteResp", reject: false });
  });

  test("row 31: a peer that knows no configuration votes, durably before it answers", () => {
    const peer = new Peer(1, { asyncStorageWrites: true });
    peer.node.step(vote(2, 3, [9, 3]));
    const { messages } = peer.node.ready();
    expect(messages.map(({ type }) => type)).toEqual(["MsgStorageAppend"]);
    expect(messages[0]).toMatchObject({ term: 3, vote: 2 });
    expect(messages[0]?.responses.map(brief)).toEqual(["1->2 MsgVoteResp term 3 index 0"]);
  });
});

describe("votes in every role", () => {
  const IN_ROLE: Record<string, () => Peer> = {
    follower: () => new Peer(1, { ...THREE, hardState: { term: 1 } }),
    candidate: () => {
      const peer = new Peer(1, THREE);
      peer.node.campaign();
      peer.run();
      return peer;
    },
    "pre-candidate": () => {
      const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 1 } });
      peer.node.campaign();
      peer.run();
      return peer;
    },
    leader: () => {
      const peer = new Peer(1, THREE);
      peer.win(2);
      return peer;
    },
  };
  test.each(Object.keys(IN_ROLE))("row 17: a %s gives its vote to a better candidate", (role) => {
    const peer = IN_ROLE[role]?.() ?? new Peer(1);
    const sent = peer.take(vote(2, 5, [9, 4]));
    expect(sent.map(brief)).toEqual(["1->2 MsgVoteResp term 5 index 0"]);
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 5, vote: 2 });
  });

  test.each(Object.keys(IN_ROLE))(
    "rows 17, 33: a %s answers a poll and stays as it was",
    (role) => {
      const peer = IN_ROLE[role]?.() ?? new Peer(1);
      const { role: before, term: termBefore, vote: voteBefore } = peer.node.status();
      const sent = peer.take(preVote(2, 5, [9, 4]));
      expect(sent.map(brief)).toEqual(["1->2 MsgPreVoteResp term 5 index 0"]);
      expect(peer.node.status()).toMatchObject({
        role: before,
        term: termBefore,
        vote: voteBefore,
      });
    },
  );

  test.each([
    ["a vote that is given", vote(2, 1), 1],
    ["a vote that is refused", vote(2, 1), 0],
    ["a poll", preVote(2, 2), 0],
  ] as const)("row 18: only a given vote resets the timer: %s", (name, asked, resets) => {
    const options: PeerOptions =
      name === "a vote that is refused"
        ? { ...THREE, log: [1], hardState: { term: 1 } }
        : { ...THREE, hardState: { term: 1 } };
    const peer = new Peer(1, options);
    peer.tick(ELECTION_TICKS - 1);
    peer.take(asked);
    peer.tick();
    expect(peer.node.role).toBe(resets === 1 ? "follower" : "candidate");
  });
});

describe("the own vote", () => {
  test.each([false, true])("row 20: a single voter elects itself, pre-vote %s", (isPreVote) => {
    const peer = new Peer(1, { voters: [1], preVote: isPreVote });
    peer.node.campaign();
    peer.run();
    expect(peer.node.role).toBe("leader");
  });

  test("rows 20, 21: the own vote is not counted before it is durable", () => {
    const peer = new Peer(1, { voters: [1], asyncStorageWrites: true });
    peer.node.campaign();
    const [work] = peer.node.ready().messages;
    expect(peer.node.role).toBe("candidate");
    expect(work?.responses.map(brief)).toEqual(["1->1 MsgVoteResp term 1 index 0"]);
    for (const response of work?.responses ?? []) peer.node.step(response);
    expect(peer.node.role).toBe("leader");
  });

  test.each([false, true])(
    "row 21: the own vote is void after a change of role, pre-vote %s",
    (isPreVote) => {
      const peer = new Peer(1, { voters: [1, 2], preVote: isPreVote, asyncStorageWrites: true });
      peer.node.campaign();
      const ready = peer.node.ready();
      const work = ready.messages.find(({ type }) => type === "MsgStorageAppend");
      peer.node.step(message("MsgHeartbeat", 2, 1, 1));
      for (const response of work?.responses ?? []) peer.node.step(response);
      expect([peer.node.role, peer.node.leader]).toEqual(["follower", 2]);
    },
  );

  test("rows 21, 42: an own poll that arrives in the election is not a vote", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, asyncStorageWrites: true });
    peer.node.campaign();
    const polled = peer.node.ready().messages.find(({ type }) => type === "MsgStorageAppend");
    for (const voter of [2, 3]) peer.node.step(message("MsgPreVoteResp", voter, 1, 1));
    expect(peer.node.role).toBe("candidate");
    for (const response of polled?.responses ?? []) peer.node.step(response);
    const counted = peer.events.filter(({ kind }) => kind === "votes-counted");
    expect(counted).toHaveLength(2);
  });
});

describe("who does not campaign", () => {
  const refusal = (peer: Peer) => {
    peer.node.campaign();
    expect(peer.run()).toEqual([]);
    return peer.events.findLast((event) => event.kind === "campaign-refused");
  };

  test("row 22: a leader does not campaign", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    const before = peer.node.status();
    expect(refusal(peer)).toMatchObject({ reason: "already-leader" });
    expect(peer.node.status()).toEqual(before);
  });

  test.each([
    ["a stranger", { voters: [2, 3] }],
    ["a learner", { voters: [2, 3], learners: [1] }],
    ["one that knows nobody", {}],
  ])("row 23: %s does not campaign", (_, options) => {
    const peer = new Peer(1, options);
    expect(refusal(peer)).toMatchObject({ reason: "unpromotable" });
    expect(peer.node.isPromotable).toBe(false);
    peer.tick(5 * ELECTION_TICKS);
    expect(peer.node.term).toBe(0);
  });

  test("row 24: nobody campaigns with a snapshot to take in", () => {
    const peer = new Peer(1, THREE);
    const received = snapshot(5, 1, confState([1, 2, 3]));
    peer.node.step(message("MsgSnap", 2, 1, 1, { snapshot: received }));
    peer.node.campaign();
    expect(peer.kinds.at(-1)).toBe("campaign-refused");
    peer.run();
    peer.node.campaign();
    expect(peer.node.role).toBe("candidate");
  });

  test.each([1, 1_000_000])(
    "row 25: nobody campaigns with a conf change to apply, pages of %d",
    (page) => {
      const change = makeConfChange([{ type: "add-node", nodeId: id(4) }]);
      const peer = new Peer(1, { ...THREE, applyingBytesMax: page });
      const entries = [
        entry(1, 1),
        makeEntry(term(1), at(2), "conf-change-v2", encodeConfChange(change)),
        entry(1, 3),
      ];
      peer.node.step(message("MsgApp", 2, 1, 1, { entries, commit: at(3) }));
      expect(refusalWithoutRun(peer)).toMatchObject({ reason: "unapplied-conf-change", term: 1 });
      peer.run();
      expect(peer.node.appliedIndex).toBe(3);
      peer.node.campaign();
      expect(peer.node.role).toBe("candidate");
    },
  );

  function refusalWithoutRun(peer: Peer) {
    peer.node.campaign();
    expect(peer.node.role).toBe("follower");
    return peer.events.findLast((event) => event.kind === "campaign-refused");
  }

  test("row 25: an uncommitted one does not hinder", () => {
    const change = makeConfChange([{ type: "add-node", nodeId: id(4) }]);
    const peer = new Peer(1, THREE);
    const data = encodeConfChange(change);
    const entries = [entry(1, 1), makeEntry(term(1), at(2), "conf-change-v2", data)];
    peer.take(message("MsgApp", 2, 1, 1, { entries, commit: at(1) }));
    peer.node.campaign();
    expect(peer.node.role).toBe("candidate");
  });
});

describe.each([false, true])("elections in a cluster, pre-vote %s", (isPreVote) => {
  const config = { preVote: isPreVote };

  test("row 26: everyone can be elected in turn", () => {
    const cluster = new Cluster(3, config);
    for (const raw of [1, 2, 3, 1]) {
      cluster.elect(raw);
      expect(cluster.roles).toEqual({
        1: "follower",
        2: "follower",
        3: "follower",
        [raw]: "leader",
      });
    }
  });

  test("row 27: of two duelling candidates one leads in the end", () => {
    const cluster = new Cluster(3, config);
    cluster.cut(1, 3);
    cluster.elect(1);
    cluster.elect(3);
    expect(cluster.roles[1]).toBe("leader");
    expect(cluster.roles[3]).toBe(isPreVote ? "follower" : "candidate");
    cluster.heal();
    cluster.elect(3);
    // Its log is behind: it cannot win, and without a poll it deposes the leader.
    expect(cluster.roles[3]).toBe("follower");
    expect(cluster.roles[1]).toBe(isPreVote ? "leader" : "follower");
  });

  test("row 28: a leader overwrites uncommitted entries of a higher term", () => {
    const logs: Record<number, PeerOptions> = {
      1: { log: [1], hardState: { term: 1 } },
      2: { log: [1], hardState: { term: 1 } },
      3: { log: [2], hardState: { term: 2, vote: 3 } },
      4: { log: [], hardState: { term: 2, vote: 3 } },
      5: { log: [], hardState: { term: 2, vote: 3 } },
    };
    const cluster = new Cluster(5, (raw) => ({ ...config, ...logs[raw] }));
    // The first try tells it that term 2 exists; in term 2 two have voted already.
    cluster.elect(1);
    cluster.elect(1);
    expect(cluster.roles[1]).toBe("leader");
    const { term: elected } = cluster.node(1);
    for (const peer of cluster.peers.values()) expect(peer.logTerms).toEqual([1, elected]);
  });
});

describe("what votes tell of the commit index", () => {
  const shared = { shareCommitInVotes: true };

  test("beyond etcd: shared commit: requests and refusals carry it, granted votes never", () => {
    const options = { ...THREE, log: [1, 2], hardState: { term: 2, commit: 1 } };
    const candidate = new Peer(1, { ...options, ...shared });
    candidate.node.campaign();
    expect(candidate.run()[0]).toMatchObject({ commit: 1, commitTerm: 1 });
    const voter = new Peer(1, { ...options, ...shared });
    expect(voter.take(vote(2, 3, [1, 1]))[0]).toMatchObject({ commit: 1, commitTerm: 1 });
    expect(voter.take(vote(2, 4, [2, 2]))[0]).toMatchObject({ commit: 0, commitTerm: 0 });
    const silent = new Peer(1, options);
    expect(silent.take(vote(2, 3, [1, 1]))[0]).toMatchObject({ commit: 0, commitTerm: 0 });
  });

  test.each([
    // told index and term, committed after
    [2, 2, 2],
    [2, 1, 0],
    [3, 2, 0],
    [2, 0, 0],
  ])(
    "beyond etcd: shared commit: (%d, %d) is committed where the log has it: %d",
    (index, ofTerm, committed) => {
      const told = { commit: at(index), commitTerm: term(ofTerm) };
      const voter = new Peer(1, { ...THREE, log: [1, 2], hardState: { term: 2 } });
      voter.take(message("MsgVote", 2, 1, 3, told));
      expect(voter.node.commitIndex).toBe(committed);
      const candidate = new Peer(1, { ...THREE, log: [1, 2], hardState: { term: 2 } });
      candidate.node.campaign();
      candidate.run();
      candidate.take(message("MsgVoteResp", 2, 1, 3, { ...told, reject: true }));
      expect(candidate.node.commitIndex).toBe(committed);
      expect(candidate.node.role).toBe("candidate");
    },
  );

  test("beyond etcd: shared commit: a candidate goes on only when it has applied the change", () => {
    const change = makeConfChange([{ type: "add-node", nodeId: id(4) }]);
    const addition = makeEntry(term(1), at(1), "conf-change-v2", encodeConfChange(change));
    const peer = new Peer(1, { ...THREE, ...shared });
    peer.take(message("MsgApp", 2, 1, 1, { entries: [addition] }));
    peer.node.campaign();
    peer.run();
    const told = { commit: at(1), commitTerm: term(1), reject: true };
    peer.node.step(message("MsgVoteResp", 3, 1, 2, told));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 2 });
    // The vote that would have been enough without the fourth voter comes too late.
    peer.take(message("MsgVoteResp", 2, 1, 2));
    expect(peer.node.role).toBe("follower");
    expect(peer.node.confState.voters).toEqual([1, 2, 3, 4]);
  });

  test("beyond etcd: shared commit: what a vote commits is told; who hears a leader goes on", () => {
    const change = makeConfChange([{ type: "add-node", nodeId: id(4) }]);
    const addition = makeEntry(term(1), at(1), "conf-change-v2", encodeConfChange(change));
    const peer = new Peer(1, { ...THREE, ...shared });
    peer.take(message("MsgApp", 2, 1, 1, { entries: [addition] }));
    peer.tick(3);
    const told = { commit: at(1), commitTerm: term(1) };
    peer.node.step(message("MsgVote", 3, 1, 1, told));
    expect(peer.events.at(-1)).toEqual({ kind: "committed-by-vote", id: 1, commit: 1 });
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, leader: 2, commit: 1 });
  });

  test("beyond etcd: shared commit: a core without a sink commits by a vote as well", () => {
    const peer = new Peer(1, { ...THREE, log: [1], hardState: { term: 1 }, isSilent: true });
    peer.take(message("MsgVote", 3, 1, 2, { commit: at(1), commitTerm: term(1) }));
    expect(peer.node.commitIndex).toBe(1);
  });

  test("beyond etcd: shared commit: a leader learns nothing by it", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    const told = { commit: at(1), commitTerm: term(1) };
    peer.take(message("MsgVote", 2, 1, 1, told));
    expect(peer.node.commitIndex).toBe(0);
  });

  test("beyond etcd: shared commit: it frees a voter that missed the commit of a demotion", () => {
    // The third led, demoted itself, appended more, and stepped down before the first heard of it.
    const change = makeConfChange([{ type: "add-learner-node", nodeId: id(3) }]);
    const demotion = makeEntry(term(1), at(1), "conf-change-v2", encodeConfChange(change));
    const build = (config: PeerOptions) => {
      const first = new Peer(1, { voters: [1, 3], ...config });
      first.take(message("MsgApp", 3, 1, 1, { entries: [demotion] }));
      const third = new Peer(3, { voters: [1, 3], ...config });
      const entries = [demotion, entry(1, 2)];
      third.take(message("MsgApp", 1, 3, 1, { entries, commit: at(1) }));
      expect(third.node.isPromotable).toBe(false);
      third.node.forgetLeader();
      const cluster = new Cluster(0);
      cluster.add(first);
      cluster.add(third);
      for (let round = 0; round < 3; round++) cluster.elect(1);
      return cluster.roles[1];
    };
    expect(build({})).toBe("follower");
    expect(build(shared)).toBe("leader");
    expect(build({ ...shared, preVote: true })).toBe("leader");
  });
});
