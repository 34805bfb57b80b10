import { describe, expect, test } from "vitest";
import { entry, type ReportOptions, type ViewOptions, view } from "../../test/fixtures.ts";
import { toStoreId } from "../protocol/index.ts";
import { balanceLeaders } from "./balance-leaders.ts";
import { balanceReplicas } from "./balance-replicas.ts";
import { toleratedDifference } from "./tolerance.ts";

/** One region for each text, side by side. */
function regionsOf(...peers: readonly string[]): ReportOptions[] {
  return peers.map((text, at) => ({
    id: at + 1,
    range: [at === 0 ? "" : `k${at}`, at === peers.length - 1 ? "" : `k${at + 1}`],
    peers: text,
  }));
}

/** "1 to 4": what the first region would do. */
function move(regions: readonly ReportOptions[], cluster: ViewOptions = {}): string {
  const seen = view({ ...cluster, regions });
  const plan = balanceReplicas(seen, entry(regions[0]));
  const [first] = plan?.steps ?? [];
  const last = plan?.steps.at(-1);
  if (first?.kind !== "add-learner" || last?.kind !== "remove-peer") return "stay";
  return `${last.peerId} to ${first.peer.storeId}`;
}

function transfer(regions: readonly ReportOptions[], cluster: ViewOptions = {}): string {
  const plan = balanceLeaders(view({ ...cluster, regions }), entry(regions[0]));
  const [step] = plan?.steps ?? [];
  return step?.kind === "transfer-leader" ? `to ${step.toPeerId}` : "stay";
}

describe("a replica", () => {
  const full = regionsOf("1 2 3", "1 2 3", "1 2 3", "1 2 3");
  const one: ViewOptions = { options: { replicas: 1 } };
  const two: ViewOptions = { ...one, stores: ["up", "up"] };

  test.each<[string, readonly ReportOptions[], ViewOptions, string]>([
    ["goes from a full store to an empty one", full, {}, "2 to 4"],
    ["stays where none is emptier", full, { stores: ["up", "up", "up"] }, "stay"],
    ["goes not to a silent store", full, { stores: ["up", "up", "up", "silent"] }, "stay"],
    ["goes not to a leaving store", full, { stores: ["up", "up", "up", "removing"] }, "stay"],
    ["stays where the difference is 1", regionsOf("1", "1", "2"), two, "stay"],
    ["leads, when no other is on a full store", regionsOf("1", "1", "1"), one, "1 to 2"],
    ["stays where another is behind", regionsOf("1 2 3?", "1 2 3", "1 2 3", "1 2 3"), {}, "stay"],
    ["is the one on the fullest store", regionsOf("1 2 3", "3", "3", "1 2", "1"), {}, "3 to 4"],
  ])("%s", (_, regions, cluster, expected) => {
    expect(move(regions, cluster)).toBe(expected);
  });

  test("does not take a store below the mean, though the other is far emptier", () => {
    const regions = regionsOf("2", "2", "1", "1", "1", "1", "1", "1"); // a mean of 2.67
    expect(move(regions, { ...one, stores: ["up", "up", "up"] })).toBe("stay");
  });

  test("that is ordered already counts", () => {
    const seen = view({ regions: full });
    seen.expected.add([{ storeId: toStoreId(4), peers: 3 }]);
    expect(balanceReplicas(seen, entry(full[0]))).toBeUndefined();
  });
});

describe("a leadership", () => {
  const three = regionsOf("1 2 3", "1 2 3", "1 2 3");
  test.each<[string, readonly ReportOptions[], ViewOptions, string]>([
    ["goes to the store with the fewest", three, {}, "to 2"],
    ["stays where the difference is 1", regionsOf("1 2 3", "2 1 3", "3 1 2"), {}, "stay"],
    ["goes past one that is behind", regionsOf("1 2? 3", "1 2 3", "1 2 3"), {}, "to 3"],
    ["goes past one that is down", regionsOf("1 2! 3", "1 2 3", "1 2 3"), {}, "to 3"],
    ["goes past a learner", regionsOf("1 2l 3", "1 2 3", "1 2 3"), {}, "to 3"],
    ["goes past a silent store", three, { stores: ["up", "silent", "up"] }, "to 3"],
    ["goes past a leaving store", three, { stores: ["up", "removing", "up"] }, "to 3"],
  ])("%s", (_, regions, cluster, expected) => {
    expect(transfer(regions, cluster)).toBe(expected);
  });

  test("that is ordered already counts", () => {
    const seen = view({ regions: three });
    seen.expected.add([{ storeId: toStoreId(2), leaders: 2 }]);
    const plan = balanceLeaders(seen, entry(three[0]));
    expect(plan?.steps).toEqual([{ kind: "transfer-leader", toPeerId: 3 }]);
  });
});

test.each([
  [0, 0, 1],
  [10, 4, 1],
  [100, 4, 1],
  [240, 4, 3],
  [4_000, 4, 50],
])("of %i on %i stores a difference of %i is left alone", (total, stores, expected) => {
  expect(toleratedDifference(total, stores, 0.05)).toBe(expected);
});
