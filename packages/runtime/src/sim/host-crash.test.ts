import { describe, expect, test } from "vitest";
import { define } from "../../test/kernel-fixture.ts";
import { double, isMail, recorder, systemWith } from "../../test/manual-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";
import { ManualSystem } from "./manual-system.ts";

describe("a crash of a host", () => {
  test("ends its actors without a word, its jobs never reply, mail to it is thread-dead", () => {
    const system = systemWith(["a", "b"]);
    const stopped: string[] = [];
    const definition = define("mortal", (context) => {
      context.lease.hold("resource", () => stopped.push("released"));
      return {
        receive: () => context.job(double, 1, () => ({ kind: "done" })),
        stopped: () => stopped.push("stopped"),
      };
    });
    const mortal = system.spawn("a", definition, undefined);
    const terminations: unknown[] = [];
    const watcher = recorder(system, "b", (message, _, hands) => {
      if (message.kind === "watch")
        hands.watch(mortal, (termination) => ({ kind: "end", termination }) as MessageShape);
      else terminations.push((message as { termination?: unknown }).termination);
    });
    system.tell(watcher.address, { kind: "watch" });
    system.tell(mortal, { kind: "go" });
    const jobs = system.hold((pending) => pending.kind === "job-reply");
    system.settle();
    const asked = system.ask(mortal, { kind: "x" } as never);
    const payload = system.allocatePayload(5);
    system.tell(mortal, { kind: "lost" }, { payload });
    system.crashHost("a");
    system.settle();
    expect(asked.outcome).toMatchObject({ reason: "thread-dead" });
    expect(terminations).toMatchObject([{ kind: "thread-dead" }]);
    expect(jobs.held).toEqual([]);
    expect(stopped).toEqual([]);
    expect(system.tell(mortal, { kind: "late" })).toBe("thread-dead");
    expect(system.counters()).toMatchObject({ dropped: { "thread-dead": 3 }, inFlight: 0 });
    system.shutDown();
    expect(system.openThings()).toEqual([]);
  });

  test("loses what its disk had not synced; it starts again with the rest, under new addresses", () => {
    const system = new ManualSystem({ seed: 1 });
    const disk = system.addHost("a");
    const before = recorder(system);
    disk.replaceFile("/kept", new Uint8Array([1]));
    disk.open("/lost", "create").writeAt(new Uint8Array([2]), 0);
    system.crashHost("a");
    expect(() => recorder(system)).toThrow("no living host a");
    expect(system.restartHost("a")).toBe(disk);
    expect([disk.exists("/kept"), disk.exists("/lost")]).toEqual([true, false]);
    const after = recorder(system);
    expect(after.address).not.toEqual(before.address);
    system.tell(before.address, { kind: "x" });
    system.settle();
    expect(after.seen).toEqual([]);
  });

  test("does not take back what it had sent; what is held on the way to it is lost on release", () => {
    const system = systemWith(["a", "b"]);
    const receiver = recorder(system, "b");
    const sender = recorder(system, "a", (_, __, hands) =>
      hands.tell(receiver.address, { kind: "sent" }),
    );
    const toReceiver = system.hold(isMail("sent"));
    const toSender = system.hold(isMail("late"));
    system.tell(sender.address, { kind: "go" });
    system.tell(sender.address, { kind: "late" });
    system.settle();
    system.crashHost("a");
    toReceiver.release();
    toSender.release();
    system.settle();
    expect(receiver.seen).toEqual(["sent"]);
    expect(system.counters().dropped["thread-dead"]).toBe(1);
  });

  test("leaves stray promises of its actors without effect", async () => {
    const system = systemWith(["a", "b"]);
    const receiver = recorder(system, "b");
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = define("slow", (context) => ({
      receive: async () => {
        await gate;
        context.tell(receiver.address, { kind: "from the dead" });
      },
    }));
    system.tell(system.spawn("a", slow, undefined), { kind: "go" });
    await system.settleAsync();
    system.crashHost("a");
    go();
    await system.settleAsync();
    expect(receiver.seen).toEqual([]);
  });
});
