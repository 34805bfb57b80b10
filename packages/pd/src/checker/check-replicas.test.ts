import { describe, expect, test } from "vitest";
import { entry, type ReportOptions, type ViewOptions, view } from "../../test/fixtures.ts";
import type { OperatorStep } from "../protocol/index.ts";
import { checkReplicas } from "./check-replicas.ts";

/** "add 4, promote" and the like; fresh replicas are called "new". */
function say(step: OperatorStep): string {
  const name = (id: number) => (id > 100 ? "new" : String(id));
  switch (step.kind) {
    case "add-learner":
      return `add on ${step.peer.storeId}`;
    case "promote-learner":
      return `promote ${name(step.peerId)}`;
    case "remove-peer":
      return `remove ${name(step.peerId)}`;
    case "transfer-leader":
      return `lead by ${name(step.toPeerId)}`;
    case "split":
      return "split";
  }
}

function check(region: ReportOptions, cluster: ViewOptions): string {
  const seen = view({ regions: [region], ...cluster });
  const result = checkReplicas(seen, entry(region));
  if (result.kind === "plan")
    return `${result.plan.kind}: ${result.plan.steps.map(say).join(", ")}`;
  return result.kind === "blocked" ? `blocked: ${result.obstacle}` : "complete";
}

const LOST = 1_800_000;
const FOUR: ViewOptions = { stores: ["up", "up", "up", "up"] };
const THREE: ViewOptions = { stores: ["up", "up", "up"] };

describe("a region with what it should have", () => {
  test.each<[ReportOptions, ViewOptions]>([
    [{ peers: "1 2 3" }, FOUR],
    [{ peers: "1 2 3?" }, FOUR],
    [{ peers: "1 2 3!" }, FOUR],
    [{ peers: "1 2 3!" }, { stores: ["up", "up", "silent", "up"] }],
    [{ peers: "1" }, { ...FOUR, options: { replicas: 1 } }],
  ])("%o", (region, cluster) => {
    expect(check(region, cluster)).toBe("complete");
  });
});

describe("a replica that is missing", () => {
  test.each<[string, ReportOptions, ViewOptions, string]>([
    ["goes to a free store", { peers: "1 2" }, THREE, "add on 3, promote new"],
    [
      "goes not to a silent one",
      { peers: "1 2" },
      { stores: ["up", "up", "silent", "up"] },
      "add on 4, promote new",
    ],
    [
      "goes not to a leaving one",
      { peers: "1 2" },
      { stores: ["up", "up", "removing", "up"] },
      "add on 4, promote new",
    ],
  ])("%s", (_, region, cluster, expected) => {
    expect(check(region, cluster)).toBe(`make-up-replica: ${expected}`);
  });

  test("goes to the emptiest store", () => {
    const regions = [
      { id: 1, range: ["", "b"], peers: "1 2" },
      { id: 2, range: ["b", ""], peers: "1 2 3" },
    ] as const;
    expect(check(regions[0], { ...FOUR, regions })).toContain("add on 4");
  });

  test.each<[string, ReportOptions, ViewOptions, string]>([
    ["no other store is there", { peers: "1 2" }, { stores: ["up", "up"] }, "no-store"],
    ["others only leave", { peers: "1 2" }, { stores: ["up", "up", "removing"] }, "no-store"],
    [
      "others are only silent",
      { peers: "1 2" },
      { stores: ["up", "up", "silent"] },
      "store-silent",
    ],
    ["a learner is on its way", { peers: "1 2 3l?" }, FOUR, "learner-pending"],
    ["a learner is not heard from", { peers: "1 2 3l!" }, FOUR, "learner-pending"],
  ])("waits while %s", (_, region, cluster, expected) => {
    expect(check(region, cluster)).toBe(`blocked: ${expected}`);
  });

  test("is not doubled: a learner that has its data is adopted", () => {
    expect(check({ peers: "1 2 3l" }, FOUR)).toBe("adopt-learner: promote 3");
  });

  test("waits while the leader's store sends, or the others receive, enough snapshots", () => {
    const options = { snapshotsPerStoreMax: 1 };
    const missing: ReportOptions = { id: 1, range: ["", "b"], peers: "1 2" };
    const sent: ReportOptions = { id: 2, range: ["b", ""], peers: "1 2 4l?" };
    const received: ReportOptions = { ...sent, peers: "2 3l?" };
    const at = (other: ReportOptions, stores: ViewOptions) =>
      check(missing, { ...stores, options, regions: [missing, other] });
    expect(at(sent, FOUR)).toBe("blocked: sender-busy");
    expect(at(received, THREE)).toBe("blocked: receiver-busy");
    expect(at(received, FOUR)).toBe("make-up-replica: add on 4, promote new");
  });
});

describe("a replica that is lost", () => {
  const lost = { downMs: LOST };
  test.each<[string, ReportOptions, ViewOptions, string]>([
    [
      "is replaced",
      { peers: "1 2 3!", ...lost },
      FOUR,
      "replace-peer: add on 4, promote new, remove 3",
    ],
    [
      "is replaced when its store is down",
      { peers: "1 2 3!" },
      { stores: ["up", "up", "down", "up"] },
      "replace-peer: add on 4, promote new, remove 3",
    ],
    [
      "is replaced by a learner that is there",
      { peers: "1 2 3! 4l", ...lost },
      FOUR,
      "replace-peer: promote 4, remove 3",
    ],
    [
      "waits for a learner on its way",
      { peers: "1 2 3! 4l?", ...lost },
      FOUR,
      "blocked: learner-pending",
    ],
    [
      "is made anew on its own store where there is no other",
      { peers: "1 2 3!", ...lost },
      THREE,
      "replace-peer: remove 3",
    ],
    [
      "stays where its store is silent and there is no other",
      { peers: "1 2 3!", ...lost },
      { stores: ["up", "up", "silent"] },
      "blocked: no-store",
    ],
    [
      "stays while another is behind",
      { peers: "1 2? 3!", ...lost },
      THREE,
      "blocked: quorum-at-risk",
    ],
    ["goes first of too many", { peers: "1 2 3! 4", ...lost }, FOUR, "remove-extra: remove 3"],
    [
      "goes when it is a learner",
      { peers: "1 2 3 4l!", ...lost },
      FOUR,
      "remove-learner: remove 4",
    ],
  ])("%s", (_, region, cluster, expected) => {
    expect(check(region, cluster)).toBe(expected);
  });
});

describe("a replica on a store that is being removed", () => {
  const drain3: ViewOptions = { stores: ["up", "up", "removing", "up"] };
  const drain1: ViewOptions = { stores: ["removing", "up", "up", "up"] };
  test.each<[string, ReportOptions, ViewOptions, string]>([
    ["is replaced", { peers: "1 2 3" }, drain3, "replace-peer: add on 4, promote new, remove 3"],
    [
      "gives up the leadership first",
      { peers: "1 2 3" },
      drain1,
      "replace-peer: add on 4, promote new, lead by 2, remove 1",
    ],
    [
      "gives it to one that is up to date",
      { peers: "1 2? 3" },
      drain1,
      "replace-peer: add on 4, promote new, lead by 3, remove 1",
    ],
    [
      "gives it to the new one where it is alone",
      { peers: "1" },
      { ...drain1, options: { replicas: 1 } },
      "replace-peer: add on 2, promote new, lead by new, remove 1",
    ],
    [
      "waits where no store is free",
      { peers: "1 2 3" },
      { stores: ["up", "up", "removing"] },
      "blocked: no-store",
    ],
    ["goes when it is a learner", { peers: "1 2 4 3l" }, drain3, "remove-learner: remove 3"],
    ["goes first of too many", { peers: "1 2 3 4" }, drain3, "remove-extra: remove 3"],
    [
      "goes after a lost one",
      { peers: "1 2! 3", downMs: LOST },
      drain3,
      "replace-peer: add on 4, promote new, remove 2",
    ],
  ])("%s", (_, region, cluster, expected) => {
    expect(check(region, cluster)).toBe(expected);
  });
});

describe("a replica too many", () => {
  test.each<[string, ReportOptions, string]>([
    ["is not the leader's", { peers: "1 2 3 4" }, "remove-extra: remove 2"],
    ["is the one that is behind", { peers: "1 2 3 4?" }, "remove-extra: remove 4"],
    ["stays while too few are healthy", { peers: "1 2! 3? 4?" }, "blocked: quorum-at-risk"],
    ["is let in first when it is a learner", { peers: "1 2 3 4l?" }, "blocked: learner-pending"],
    ["goes when it is a learner", { peers: "1 2 3 4l" }, "remove-learner: remove 4"],
  ])("%s", (_, region, expected) => {
    expect(check(region, FOUR)).toBe(expected);
  });

  test("stays when it is a learner on an emptier store: the move is completed", () => {
    const regions = [
      { id: 1, range: ["", "b"], peers: "1 2 3 4l" },
      { id: 2, range: ["b", ""], peers: "1 3" },
    ] as const;
    expect(check(regions[0], { ...FOUR, regions })).toBe("adopt-learner: promote 4, remove 3");
  });

  test("is on the fullest store", () => {
    const regions = [
      { id: 1, range: ["", "b"], peers: "1 2 3 4" },
      { id: 2, range: ["b", ""], peers: "1 3" },
    ] as const;
    expect(check(regions[0], { ...FOUR, regions })).toBe("remove-extra: remove 3");
  });

  test("leads: the other takes the leadership first, if its store is heard from", () => {
    const options = { replicas: 1 };
    const at = (other: "up" | "silent") =>
      check({ peers: "1 2", leader: 1 }, { options, stores: ["removing", other] });
    expect(at("up")).toBe("remove-extra: lead by 2, remove 1");
    expect(at("silent")).toBe("blocked: no-leader-candidate");
  });
});
