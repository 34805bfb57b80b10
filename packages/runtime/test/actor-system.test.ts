import { ActorSystem, type AskError, type SystemError } from "@multiraft/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { echoActor, notAnActor } from "./fixture/echo.mjs";

/** Things that one actor, or one outsider, may have under way. */
const OWN_MAIL_MAX = 65_536;
const SOON = { timeoutMs: 60_000 };

let system: ActorSystem;
beforeAll(async () => {
  system = await ActorSystem.start({ threads: 2 });
});
afterAll(() => system.close());

describe("actors on threads", () => {
  test("are spawned in turn on all threads, on a named one, or near another", async () => {
    const addresses = await Promise.all([1, 2, 3, 4].map(() => system.spawn(echoActor, undefined)));
    const where = async (address: (typeof addresses)[number]) =>
      (await system.ask(address, { kind: "where" }, SOON)).thread;
    const threads = await Promise.all(addresses.map(where));
    expect(threads.filter((thread) => thread === 0).length).toBe(2);
    const named = await system.spawn(echoActor, undefined, { thread: 1 });
    expect(await where(named)).toBe(1);
    expect(await where(await system.spawn(echoActor, undefined, { near: named }))).toBe(1);
  });

  test("take args and mail as they were given, in order", async () => {
    const address = await system.spawn(echoActor, { note: "żółw" });
    expect(await system.ask(address, { kind: "where" }, SOON)).toMatchObject({
      args: { note: "żółw" },
    });
    const value = { list: [1n, new Uint8Array([1, 2])], none: undefined };
    expect(await system.ask(address, { kind: "echo", value }, SOON)).toEqual(value);
    for (let n = 1; n <= 1_000; n += 1) system.tell(address, { kind: "add", n });
    expect(await system.ask(address, { kind: "sum" }, SOON)).toBe(500_500);
  });

  test("large mail goes through as well", async () => {
    const address = await system.spawn(echoActor, undefined);
    for (const size of [40_000, 1_100_000, 3_000_000]) {
      const value = "x".repeat(size);
      expect(await system.ask(address, { kind: "echo", value }, SOON)).toBe(value);
    }
  });

  test("mail nested too deep is its sender's mistake: who would read it never sees it", async () => {
    const address = await system.spawn(echoActor, undefined);
    const ended = system.watch(address);
    const asked = system.ask(address, { kind: "deep", levels: 5_000 }, SOON);
    await expect(asked).rejects.toMatchObject({ reason: "error" });
    expect(await ended).toMatchObject({
      kind: "threw",
      error: { code: "ERR_MULTIRAFT_NOT_ENCODABLE" },
    });
  });

  test("whoever has as much under way as may be does not stop others from asking and stopping", async () => {
    const slow = await system.spawn(echoActor, undefined, { mailboxMessagesMax: 100_000 });
    const quick = await system.spawn(echoActor, undefined);
    await system.testing.holdMail(slow, ["echo"]);
    const outsider = system.outsider();
    const ends: Promise<string>[] = [];
    for (let n = 0; n < OWN_MAIL_MAX; n += 1) {
      const asked = outsider.ask(slow, { kind: "echo", value: n }, SOON);
      ends.push(asked.then(String, ({ reason }: AskError) => reason));
      // No more at once than the lane has room for.
      if (n % 512 === 0) await new Promise(setImmediate);
    }
    const refused = outsider.ask(quick, { kind: "echo", value: 1 }, SOON);
    await expect(refused).rejects.toMatchObject({ code: "ERR_MULTIRAFT_OWN_MAIL_FULL" });
    expect(await system.ask(quick, { kind: "echo", value: 1 }, SOON)).toBe(1);
    expect(await system.stop(slow)).toEqual({ kind: "stopped" });
    // Some had not left yet when the actor was gone.
    const reasons = new Set(await Promise.all(ends));
    reasons.delete("vacant");
    expect([...reasons]).toEqual(["tombstone"]);
    expect(await outsider.ask(quick, { kind: "echo", value: 2 }, SOON)).toBe(2);
  });

  test("what create throws rejects the spawn, with its code", async () => {
    const failed = await system.spawn(echoActor, { throws: true }).catch((error) => error);
    expect(failed).toMatchObject({
      code: "ERR_MULTIRAFT_SPAWN",
      cause: { name: "TypeError", message: "no such luck", code: "E_LUCK" },
    });
    const missing = await system.spawn(notAnActor, undefined).catch((error) => error);
    expect(missing.cause.code).toBe("ERR_MULTIRAFT_NO_SUCH_EXPORT");
    const nowhere = { ...echoActor, url: "file:///nowhere.mjs" };
    const lost = await system.spawn(nowhere, undefined).catch((error) => error);
    expect(lost.cause.code).toBe("ERR_MODULE_NOT_FOUND");
    await expect(system.spawn(echoActor, undefined, { thread: 9 })).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_NO_SUCH_THREAD",
    });
    const unbounded = { mailboxMessagesMax: Number.POSITIVE_INFINITY };
    await expect(system.spawn(echoActor, undefined, unbounded)).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_OPTION",
    });
  });
});

describe("the end of an actor", () => {
  test("stop resolves when it has ended; later mail is dropped and counted", async () => {
    const address = await system.spawn(echoActor, undefined);
    expect(await system.stop(address)).toEqual({ kind: "stopped" });
    expect(await system.watch(address)).toEqual({ kind: "not-found" });
    const before = system.counters().dropped.vacant;
    expect(system.tryTell(address, { kind: "throw" })).toBe("vacant");
    expect(system.counters().dropped.vacant).toBe(before + 1);
  });

  test("drain handles what was sent before", async () => {
    const address = await system.spawn(echoActor, undefined);
    const asked = [1, 2, 3].map((value) => system.ask(address, { kind: "echo", value }, SOON));
    const stopped = system.stop(address, "drain");
    expect(await Promise.all(asked)).toEqual([1, 2, 3]);
    expect(await stopped).toEqual({ kind: "stopped" });
  });

  test("a throw ends it and is told to who watches and who asked", async () => {
    const address = await system.spawn(echoActor, undefined);
    const ended = system.watch(address);
    const asked = system.ask(address, { kind: "silent" }, SOON).catch((error) => error);
    system.tell(address, { kind: "throw" });
    expect(await ended).toMatchObject({ kind: "threw", error: { message: "told to" } });
    expect(await asked).toMatchObject({ code: "ERR_MULTIRAFT_ASK", reason: "error" });
  });
});

describe("asks", () => {
  test("end by timeout, by abort, or at once when there is nobody", async () => {
    const address = await system.spawn(echoActor, undefined);
    const silent = { kind: "silent" } as const;
    await expect(system.ask(address, silent, { timeoutMs: 5 })).rejects.toMatchObject({
      reason: "timeout",
    });
    const abort = new AbortController();
    const aborted = system.ask(address, silent, { ...SOON, signal: abort.signal });
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ reason: "aborted" });
    await system.stop(address);
    await expect(system.ask(address, silent, SOON)).rejects.toMatchObject({ reason: "vacant" });
    await expect(system.ask(address, silent, { timeoutMs: 0 })).rejects.toThrow(/timeout/);
  });
});

describe("a full lane", () => {
  test("loses no answer", async () => {
    const address = await system.spawn(echoActor, undefined);
    for (const [asks, length] of [
      [400, 20_000],
      [4_000, 2_000],
    ] as const) {
      const asked = Array.from({ length: asks }, () =>
        system.ask(address, { kind: "big", length }, { timeoutMs: 10_000 }),
      );
      const answers: string[] = await Promise.all(asked);
      expect(answers.filter((answer) => answer.length === length).length).toBe(asks);
    }
  });

  test("hides the end of no actor from who watches it", async () => {
    const target = await system.spawn(echoActor, undefined, { thread: 0 });
    const flooder = await system.spawn(echoActor, undefined, { thread: 1 });
    const ended = await system.ask(target, { kind: "watch", target: flooder }, SOON);
    expect(ended).toEqual({ kind: "stopped" });
  });
});

describe("the death of a thread", () => {
  let dying: ActorSystem;
  afterEach(() => dying.close());

  test.each([
    ["an error that nobody catches", "die", "RangeError"],
    ["an exit", "exit", undefined],
  ] as const)("by %s takes its actors and no others", async (_what, kind, name) => {
    dying = await ActorSystem.start({ threads: 2 });
    const doomed = await dying.spawn(echoActor, undefined, { thread: 0 });
    const beside = await dying.spawn(echoActor, undefined, { thread: 1 });
    const ended = dying.watch(doomed);
    const asked = dying.ask(doomed, { kind: "silent" }, SOON).catch((error) => error);
    dying.tell(doomed, { kind });
    expect(await asked).toMatchObject({ reason: "thread-dead" });
    const termination = await ended;
    expect(termination.kind).toBe("thread-dead");
    expect("error" in termination ? termination.error?.name : undefined).toBe(name);
    expect(await dying.ask(beside, { kind: "echo", value: 1 }, SOON)).toBe(1);
    const successor = await dying.spawn(echoActor, undefined, { thread: 0 });
    expect((await dying.ask(successor, { kind: "where" }, SOON)).thread).toBe(0);
    const { sent, delivered, dropped, inFlight } = dying.counters();
    const droppedTotal = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect(inFlight).toBe(0);
    expect(sent).toBe(delivered + droppedTotal);
  });

  test("killing one counts what it had not handled, and its number goes on", async () => {
    dying = await ActorSystem.start({ threads: 2 });
    const doomed = await dying.spawn(echoActor, undefined, { thread: 0 });
    await dying.testing.holdMail(doomed, ["add"]);
    for (let n = 0; n < 10; n += 1) dying.tell(doomed, { kind: "add", n });
    expect(await dying.ask(doomed, { kind: "sum" }, SOON)).toBe(0);
    expect(dying.counters().inFlight).toBe(10);
    await dying.killThread(0);
    expect(dying.counters().inFlight).toBe(0);
    expect(dying.counters().dropped["thread-dead"]).toBe(10);
    const successor = await dying.spawn(echoActor, undefined, { thread: 0 });
    expect(successor.slot).toBe(doomed.slot);
    expect(successor.incarnation).toBeGreaterThan(doomed.incarnation);
    expect(dying.tryTell(doomed, { kind: "throw" })).toBe("stale-incarnation");
  });

  test("an ask that was forwarded to it fails", async () => {
    dying = await ActorSystem.start({ threads: 2 });
    const first = await dying.spawn(echoActor, undefined, { thread: 0 });
    const last = await dying.spawn(echoActor, undefined, { thread: 1 });
    const asked = dying.ask(first, { kind: "forward", to: last }, SOON).catch((error) => error);
    await dying.ask(first, { kind: "sum" }, SOON);
    await dying.ask(last, { kind: "sum" }, SOON);
    await dying.killThread(1);
    expect(await asked).toMatchObject({ reason: "thread-dead" });
  });

  test("one that never comes back from a handler is ended where it stands", async () => {
    dying = await ActorSystem.start({ threads: 1 });
    const address = await dying.spawn(echoActor, undefined);
    const ended = dying.watch(address);
    await dying.ask(address, { kind: "sum" }, SOON);
    dying.tell(address, { kind: "spin" });
    await dying.killThread(0);
    expect((await ended).kind).toBe("thread-dead");
    await dying.spawn(echoActor, undefined);
  });

  test("a dedicated thread ends with its actor", async () => {
    dying = await ActorSystem.start({ threads: 1 });
    const address = await dying.spawn(echoActor, undefined, { dedicated: true });
    expect((await dying.ask(address, { kind: "where" }, SOON)).thread).toBeGreaterThan(1);
    expect((await dying.inspect()).length).toBe(3);
    await dying.stop(address);
    while ((await dying.inspect()).length > 2);
    await expect(dying.spawn(echoActor, { throws: true }, { dedicated: true })).rejects.toThrow();
    expect((await dying.inspect()).length).toBe(2);
  });
});

describe("the end of a system", () => {
  test("lives are told, later use is refused, closing again is harmless", async () => {
    const ending = await ActorSystem.start({ threads: 1 });
    const address = await ending.spawn(echoActor, undefined);
    const ended = ending.watch(address);
    const asked = ending.ask(address, { kind: "silent" }, SOON).catch((error) => error);
    // Its answer says that what was sent before has arrived.
    await ending.ask(address, { kind: "sum" }, SOON);
    await ending.close();
    expect(await ended).toEqual({ kind: "shut-down" });
    expect((await asked).code).toBe("ERR_MULTIRAFT_ASK");
    expect(ending.tryTell(address, { kind: "throw" })).toBe("shut-down");
    await expect(ending.ask(address, { kind: "sum" }, SOON)).rejects.toMatchObject({
      reason: "shut-down",
    });
    await expect(ending.spawn(echoActor, undefined)).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_SYSTEM_CLOSED",
    });
    expect(ending.counters().inFlight).toBe(0);
    await ending.close();
  });

  test("an option without sense, or an environment that is not there, is refused", async () => {
    await expect(ActorSystem.start({ threads: 0 })).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_OPTION",
    });
    const environment = { url: "file:///nowhere.mjs", name: "nothing" };
    const failed = ActorSystem.start({ threads: 2, environment });
    const error: SystemError = await failed.then(
      () => expect.unreachable("it started"),
      (thrown) => thrown,
    );
    expect(error.code).toBe("ERR_MULTIRAFT_THREAD_START");
    expect(error.cause).toMatchObject({ code: "ERR_MODULE_NOT_FOUND" });
  });
});
