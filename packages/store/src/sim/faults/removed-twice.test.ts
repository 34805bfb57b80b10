import { Sfc32 } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { drawPlan, type Plan } from "../cluster/plan.ts";
import { profileByName } from "../cluster/profile.ts";
import { SeedRun } from "../cluster/seed-run.ts";

const placement = profileByName("placement");
if (placement === undefined) throw new Error("no such profile");
const drawn = drawPlan(placement, new Sfc32(5));
const plan: Plan = { ...drawn, firstReplicas: 3, stepMs: 0.5, isScheduling: false };

test("who was removed hears of it first, then what would have created its successor comes, and nobody begins", async () => {
  const faults = [{ number: 0, step: 4_000, name: "removed-twice" }] as const;
  const script = { delays: [], faults, clients: [] };
  const run = new SeedRun({ seed: 2, profile: "placement", steps: 16_000, plan, script });
  const heard: string[] = [];
  const note = ({ actor, message }: HandledMail) => {
    const { mail } = message as { readonly mail?: { readonly kind: string; readonly to: number } };
    if (actor === "registryActor" && message.kind === "retire") heard.push("retire");
    if (message.kind === "unrouted" && mail?.kind === "raft") heard.push(`for ${mail.to}`);
  };
  run.cluster.system.lookOn({ handling: note });
  const { violation, faults: begun } = await run.run();
  expect(violation).toBeUndefined();
  const [, second] = begun[0]?.what.match(/, then (\d+), of which/) ?? [];
  const retired = heard.indexOf("retire");
  expect(retired).toBeGreaterThanOrEqual(0);
  expect(heard.indexOf(`for ${second}`)).toBeGreaterThan(retired);
});
