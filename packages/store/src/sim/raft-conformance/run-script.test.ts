import { describe, expect, test } from "vitest";
import { runScript, type ScriptKind } from "./run-script.ts";

const TWO_NODES = "log-level none\n----\nok\n\nadd-nodes 2 voters=(1,2) index=10\n----\nok\n\n";

/** The reason why a script stops at its last directive, whatever it expects there. */
function stopsWith(kind: ScriptKind, directive: string): string {
  const before = kind === "interaction" ? TWO_NODES : "";
  const result = runScript(kind, `${before}${directive}\n----\nok\n`);
  return result.outcome === "stopped" ? result.reason : result.outcome;
}

describe("nothing that is misspelt passes in silence", () => {
  test.each<[ScriptKind, string, string]>([
    ["interaction", "campaign", "campaign has too few arguments"],
    ["interaction", "campaign 1 2", "campaign does not take 2"],
    ["interaction", "campaign one", "not a number: one"],
    ["interaction", "campaign 0x1", "not a number: 0x1"],
    ["interaction", "campaign 0", "node ids begin with 1"],
    ["interaction", "campaign 3", "there is no node 3"],
    ["interaction", "campaign 1\ncampaign 2", "campaign takes no input"],
    ["interaction", "raft-state 1", "raft-state does not take 1"],
    ["interaction", "add-nodes many", "not a number: many"],
    ["interaction", "add-nodes 1 voters=(1,b)", "not a number: b"],
    ["interaction", "add-nodes 1 index=ten", "not a number: ten"],
    ["interaction", "add-nodes 1 prevote", "prevote takes one value"],
    ["interaction", "add-nodes 1 prevote=yes", "not a boolean: yes"],
    ["interaction", "add-nodes 1 prevote=true prevote=false", "prevote is given twice"],
    ["interaction", "add-nodes 1 read-only=maybe", "unknown read-only mode maybe"],
    ["interaction", "deliver-msgs 1 type=MsgHello", "unknown message type MsgHello"],
    ["interaction", "deliver-msgs 1 typ=MsgApp", "not a number: typ=MsgApp"],
    ["interaction", "deliver-msgs drop", "not a number: drop"],
    ["interaction", "deliver-msgs 3", "there is no node 3"],
    ["interaction", "stabilize 1 level=info", "not a number: level=info"],
    ["interaction", "process-ready", "process-ready has too few arguments"],
    ["interaction", "propose 1", "propose has too few arguments"],
    ["interaction", "propose 1 two words", "propose does not take words"],
    ["interaction", "propose-conf-change 1 v1=maybe\nv2", "not a boolean: maybe"],
    ["interaction", "propose-conf-change 1\nv2x", "not a number: 2x"],
    ["interaction", "transfer-leadership from=1", "transfer-leadership needs to"],
    [
      "interaction",
      "set-randomized-election-timeout 1",
      "set-randomized-election-timeout needs timeout",
    ],
    ["quorum", "elect", "unknown command elect"],
    ["quorum", "vote cfg=(1) vote=(y)", "vote does not take vote=(y)"],
    ["quorum", "vote cfg=(1) votes=(x)", "votes cannot hold x"],
    ["quorum", "vote cfg=(a) votes=(y)", "not a number: a"],
    ["quorum", "committed cfg=(1) idx=(y)", "idx cannot hold y"],
    ["quorum", "committed cfg=(1,2) idx=(1)", "1 values for 2 voters"],
    ["confchange", "simple autoleave=true", "simple does not take autoleave=true"],
    ["confchange", "enter-joint autoleave=perhaps", "not a boolean: perhaps"],
    ["confchange", "simple\nvx", "not a number: x"],
  ])("%s: %s", (kind, directive, reason) => {
    expect(stopsWith(kind, directive)).toBe(reason);
  });
});

test("a broken invariant of the core fails the script, and is no output", () => {
  const reason = stopsWith("interaction", "compact 1 99");
  expect(reason).toContain("a compaction reaches beyond the log");
});

test("the first difference ends the script", () => {
  const text = "vote\n----\nVoteLost\n\nelect\n----\n";
  const result = runScript("quorum", text);
  expect(result).toMatchObject({ outcome: "differs", actual: "VoteWon\n" });
});

test("state is fresh for every script", () => {
  const text = "simple\nv1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n";
  expect(runScript("confchange", text).outcome).toBe("passed");
  expect(runScript("confchange", text).outcome).toBe("passed");
});
