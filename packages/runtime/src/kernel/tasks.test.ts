import { describe, expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";
import { defineJob } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";

const build = defineJob<string, string>({
  url: "test:",
  name: "build",
  run: (_, args) => args,
  release: () => undefined,
});

const failed = {
  kind: "failed",
  error: { name: "E", message: "no", code: undefined, stack: undefined, cause: undefined },
} as const;

type Outcome = MessageShape & { readonly outcome: JobOutcome<unknown> };

function worker(threads: Threads) {
  const outcomes: JobOutcome<unknown>[] = [];
  const actor = threads.open(0, {
    receive: (message) => void outcomes.push((message as Outcome).outcome),
  });
  const toMail = (outcome: JobOutcome<unknown>): Outcome => ({ kind: "built", outcome });
  return { ...actor, outcomes, toMail };
}

function onlyJob(threads: Threads) {
  const [task] = threads.jobs;
  if (task === undefined || threads.jobs.length !== 1) throw new Error("not one job");
  return task;
}

describe("a job", () => {
  test("comes back as mail to the life that started it", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    const task = onlyJob(threads);
    expect([task.owner, task.args, task.definition.name]).toEqual([actor.address, "x", "build"]);
    task.settle({ kind: "done", value: "y" });
    threads.run();
    expect(actor.outcomes).toEqual([{ kind: "done", value: "y" }]);
    expect(threads.releasedResults).toEqual([]);
    threads.expectClean();
  });

  test("that failed says so", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    onlyJob(threads).settle(failed);
    threads.run();
    expect(actor.outcomes).toEqual([failed]);
  });

  test("holds up the end of its life; its result then is released and no mail", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    actor.context.stopSelf();
    threads.run();
    expect(threads.ended).toEqual([]);
    onlyJob(threads).settle({ kind: "done", value: "orphan" });
    threads.run();
    expect(threads.ended).toHaveLength(1);
    expect(actor.outcomes).toEqual([]);
    expect(threads.releasedResults).toEqual(["orphan"]);
    threads.expectClean();
  });

  test("that failed has no result to release", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    actor.context.stopSelf();
    onlyJob(threads).settle(failed);
    expect(threads.releasedResults).toEqual([]);
    expect(threads.ended).toHaveLength(1);
  });

  test("whose reply is still in the mailbox when the life ends is released", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    onlyJob(threads).settle({ kind: "done", value: "queued" });
    threads.outside.stop(actor.address);
    threads.run();
    expect(actor.outcomes).toEqual([]);
    expect(threads.releasedResults).toEqual(["queued"]);
  });

  test("of an earlier life of the slot reaches no later one: the slot is not free before it returns", () => {
    const threads = new Threads({ slots: 1 });
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    actor.context.stopSelf();
    expect(() => threads.open()).toThrow("the spawn failed");
    onlyJob(threads).settle({ kind: "done", value: "y" });
    const later = threads.recorder();
    threads.run();
    expect(later.seen).toEqual([]);
  });

  test("that returns twice is an assertion", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", actor.toMail);
    onlyJob(threads).settle(failed);
    expect(() => onlyJob(threads).settle(failed)).toThrow("returned twice");
  });

  test("that cannot be started is the actor's error and holds up nothing", () => {
    const threads = new Threads();
    const actor = worker(threads);
    threads.start = () => {
      throw new Error("not encodable");
    };
    expect(() => actor.context.job(build, "x", actor.toMail)).toThrow("not encodable");
    actor.context.stopSelf();
    expect(threads.ended).toHaveLength(1);
  });

  test("whose mail cannot be made stops its actor and releases the result", () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.job(build, "x", () => {
      throw new Error("in toMail");
    });
    onlyJob(threads).settle({ kind: "done", value: "y" });
    threads.run();
    expect(threads.releasedResults).toEqual(["y"]);
    expect(threads.ended).toMatchObject([
      { reason: { kind: "threw", error: { message: "in toMail" } } },
    ]);
  });
});

describe("a performed operation", () => {
  test("starts at once; its value, its promise or its throw is the outcome", async () => {
    const threads = new Threads();
    const actor = worker(threads);
    actor.context.perform("value", () => 1, actor.toMail);
    actor.context.perform("promise", () => Promise.resolve(2), actor.toMail);
    actor.context.perform<number>(
      "throw",
      () => {
        throw new Error("three");
      },
      actor.toMail,
    );
    actor.context.perform("rejection", () => Promise.reject(new Error("four")), actor.toMail);
    expect(actor.context.lease.heldNames).toEqual(["perform promise", "perform rejection"]);
    for (let i = 0; i < 5; i += 1) await undefined;
    threads.run();
    expect(actor.outcomes).toMatchObject([
      { kind: "done", value: 1 },
      { kind: "failed", error: { message: "three" } },
      { kind: "done", value: 2 },
      { kind: "failed", error: { message: "four" } },
    ]);
    threads.expectClean();
  });

  test("holds up the end of its life, and gives its result to release", async () => {
    const threads = new Threads();
    const actor = worker(threads);
    const released: number[] = [];
    actor.context.perform(
      "p",
      () => Promise.resolve(7),
      actor.toMail,
      (result) => released.push(result),
    );
    actor.context.stopSelf();
    expect(threads.ended).toEqual([]);
    for (let i = 0; i < 5; i += 1) await undefined;
    expect(released).toEqual([7]);
    expect(threads.ended).toHaveLength(1);
  });

  test("whose release throws is reported and holds up nothing", async () => {
    const threads = new Threads();
    const actor = worker(threads);
    const release = (): void => {
      throw new Error("in release");
    };
    actor.context.perform("p", () => Promise.resolve(7), actor.toMail, release);
    actor.context.stopSelf();
    for (let i = 0; i < 5; i += 1) await undefined;
    expect(threads.thrown).toMatchObject([{ message: "in release" }]);
    expect(threads.ended).toHaveLength(1);
  });
});
