import { describe, expect, test } from "vitest";
import { at, id } from "../../test/raft-fixture.ts";
import { type RaftConfig, RaftConfigError, resolveConfig } from "./config.ts";
import { APPEND_THREAD, NO_PEER } from "./ids.ts";
import { MemoryStorage } from "./memory-storage.ts";

function config(changes: Partial<RaftConfig> = {}): RaftConfig {
  return {
    id: id(1),
    storage: new MemoryStorage(),
    electionTicks: 10,
    heartbeatTicks: 1,
    random: () => 0,
    ...changes,
  };
}

describe("what cannot work is refused", () => {
  test.each<[string, Partial<RaftConfig>]>([
    ["the id is reserved", { id: NO_PEER }],
    ["the id is reserved", { id: APPEND_THREAD }],
    ["heartbeatTicks", { heartbeatTicks: 0 }],
    ["heartbeatTicks", { heartbeatTicks: 1.5 }],
    ["heartbeatTicks must be a whole", { heartbeatTicks: 0, electionTicks: 0 }],
    ["electionTicks must be a whole", { electionTicks: 10.5 }],
    ["electionTicks must be greater", { electionTicks: 1 }],
    ["inflightMessagesMax", { inflightMessagesMax: 0 }],
    ["inflightBytesMax", { inflightBytesMax: 100, messageBytesMax: 101 }],
    ["messageBytesMax", { messageBytesMax: -1, applyingBytesMax: 1 }],
    ["applyingBytesMax", { applyingBytesMax: 0 }],
    ["uncommittedBytesMax", { uncommittedBytesMax: 0 }],
    ["pendingReadsMax", { pendingReadsMax: 0 }],
    ["lease-based", { readMode: "lease-based" }],
  ])("%s", (reason, changes) => {
    expect(() => resolveConfig(config(changes))).toThrow(reason);
    expect(() => resolveConfig(config(changes))).toThrow(RaftConfigError);
  });
});

test("the edges of what works are taken", () => {
  const edges: readonly Partial<RaftConfig>[] = [
    { electionTicks: 2 },
    { inflightBytesMax: 100, messageBytesMax: 100 },
    { inflightMessagesMax: 1 },
    { readMode: "lease-based", checkQuorum: true },
    { messageBytesMax: Number.POSITIVE_INFINITY },
    { messageBytesMax: 0, applyingBytesMax: 1 },
  ];
  for (const changes of edges) expect(resolveConfig(config(changes))).toMatchObject(changes);
});

test("the limit of what is applied is that of a message, unless it is given", () => {
  expect(resolveConfig(config({ messageBytesMax: 77 })).applyingBytesMax).toBe(77);
  expect(resolveConfig(config({ applyingBytesMax: 78 })).applyingBytesMax).toBe(78);
});

test("every switch is off until it is set", () => {
  const resolved = resolveConfig(config());
  const switches = Object.entries(resolved).filter(([, value]) => typeof value === "boolean");
  expect(switches).toHaveLength(11);
  for (const [name, value] of switches) expect(value, name).toBe(false);
  expect(resolved.readMode).toBe("safe");
});

test("limits that are left out have a value", () => {
  expect(resolveConfig(config())).toMatchObject({
    applied: 0,
    messageBytesMax: 1_048_576,
    applyingBytesMax: 1_048_576,
    uncommittedBytesMax: 67_108_864,
    inflightMessagesMax: 256,
    inflightBytesMax: Number.POSITIVE_INFINITY,
    pendingReadsMax: 16_384,
  });
});

test("limits that are given are kept", () => {
  const given = {
    applied: at(3),
    messageBytesMax: 1,
    applyingBytesMax: 2,
    uncommittedBytesMax: 3,
    inflightMessagesMax: 4,
    inflightBytesMax: 5,
    pendingReadsMax: 6,
  };
  expect(resolveConfig(config(given))).toMatchObject(given);
});
