import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import { ArenaView, BLOCK_BYTES_MAX, createArenaMemory } from "../lane/slab-layout.ts";
import type { LoopHost } from "../platform/loop-host.ts";
import { Exchange } from "./exchange.ts";
import { createLaneMemories } from "./peer-link.ts";
import { createBoardMemory, ThreadBoard } from "./thread-board.ts";
import { ThreadLoop } from "./thread-loop.ts";

const [SELF, PEER] = [0, 1];

/** An event loop that does one thing at a time, when the test says so. */
class StepHost implements LoopHost {
  callbacks: (() => void)[] = [];
  timer: { readonly delayMs: number; readonly callback: () => void } | undefined;

  soon(callback: () => void): void {
    this.callbacks.push(callback);
  }

  later(delayMs: number, callback: () => void): void {
    this.timer = { delayMs, callback };
  }

  cancelLater(): void {
    this.timer = undefined;
  }

  /** @returns False when nothing was due. */
  step(): boolean {
    const callback = this.callbacks.shift();
    callback?.();
    return callback !== undefined;
  }
}

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const resource of closing.splice(0)) resource.close();
});

/** The loop of a kernel of the fixture, linked with a peer that the test plays. */
function looped(options: { readonly pollMs?: number; readonly cores?: number } = {}) {
  const threads = new Threads();
  const kernel = threads.kernel();
  const board = new ThreadBoard(createBoardMemory());
  const host = new StepHost();
  const ends = [SELF, PEER].map((thread) => {
    board.reset(thread);
    const arena = { id: thread, memory: createArenaMemory(BLOCK_BYTES_MAX) };
    const view = new ArenaView(thread, thread, arena.memory);
    const onUnpublished = (): void => {};
    const exchange = new Exchange({
      thread,
      board,
      arena: view,
      overflowBytesMax: 1e6,
      onUnpublished,
    });
    closing.push(exchange);
    return { exchange, peer: { thread, arena } };
  });
  const [self, peer] = ends;
  if (self === undefined || peer === undefined) throw new Error("two ends");
  const [to, back] = [createLaneMemories(4_096), createLaneMemories(4_096)];
  const { port1, port2 } = new MessageChannel();
  self.exchange.addLink({ peer: peer.peer, outgoing: to, incoming: back, doorbell: port1 });
  peer.exchange.addLink({ peer: self.peer, outgoing: back, incoming: to, doorbell: port2 });
  let isHalted = false;
  const loop = new ThreadLoop({
    thread: SELF,
    board,
    kernel,
    exchange: self.exchange,
    clock: threads.clock,
    host,
    pollMs: options.pollMs ?? 0,
    cores: options.cores ?? 8,
    onTurnEnd: () => {},
    onCondemned: () => {
      isHalted = true;
    },
  });
  const send = (address: AnyAddress): void => {
    const message: MessageShape = { kind: "x" };
    const [from, call, budgetMs, payload, layout] = [undefined, 0, 0, undefined, undefined];
    const record = {
      kind: "mail",
      to: address,
      from,
      call,
      budgetMs,
      message,
      payload,
      layout,
    } as const;
    peer.exchange.send(SELF, record);
    peer.exchange.flush(() => {});
  };
  return { threads, kernel, board, host, loop, self, peer, send, isHalted: () => isHalted };
}

function settle(host: StepHost): number {
  let steps = 0;
  while (host.step()) steps += 1;
  return steps;
}

describe("a loop without work", () => {
  test("sleeps, and does nothing at all until somebody rings", () => {
    const { loop, host, board } = looped();
    loop.start();
    settle(host);
    expect(board.isParked(SELF)).toBe(true);
    expect([host.callbacks.length, host.timer]).toEqual([0, undefined]);
    expect(board.awakeCount).toBe(0);
  });

  test("looks on for its budget while cores are free, and sleeps at once when none is", () => {
    for (const cores of [1, 0]) {
      const { loop, host, board, threads } = looped({ pollMs: 1, cores });
      loop.start();
      for (let step = 0; step < 5; step += 1) host.step();
      expect(board.isParked(SELF)).toBe(cores === 0);
      threads.clock.moveTo(2);
      settle(host);
      expect(board.isParked(SELF)).toBe(true);
    }
  });

  test("sleeps until its next timer", () => {
    const { loop, host, threads, board } = looped();
    const { context, seen } = threads.recorder();
    context.setTimer("t", 20, { kind: "tick" });
    loop.start();
    settle(host);
    expect(host.timer?.delayMs).toBe(20);
    threads.clock.moveTo(20);
    host.timer?.callback();
    settle(host);
    expect(seen).toEqual([{ kind: "tick" }]);
    expect(board.isParked(SELF)).toBe(true);
  });
  test("does not set its timer anew for what is due later, and rings again after an early one", () => {
    const { loop, host, threads } = looped();
    const { context, seen } = threads.recorder();
    context.setTimer("first", 20, { kind: "first" });
    loop.start();
    settle(host);
    const set = host.timer;
    context.cancelTimer("first");
    context.setTimer("later", 50, { kind: "later" });
    loop.nudge();
    settle(host);
    expect(host.timer).toBe(set);
    threads.clock.moveTo(20);
    host.timer?.callback();
    settle(host);
    expect([seen.length, host.timer?.delayMs]).toEqual([0, 30]);
    context.setTimer("sooner", 5, { kind: "sooner" });
    loop.nudge();
    settle(host);
    expect(host.timer?.delayMs).toBe(5);
  });
});

describe("mail", () => {
  test("that came before the flag went up is taken without a ring", () => {
    const { loop, host, threads, send, board } = looped();
    const { address, seen } = threads.recorder();
    const setParked = board.setParked.bind(board);
    board.setParked = (thread) => {
      // The worst moment: the last drain is over and the flag not up yet.
      if (seen.length === 0 && thread === SELF) send(address);
      setParked(thread);
    };
    loop.start();
    settle(host);
    expect(seen).toEqual([{ kind: "x" }]);
    expect(board.isParked(SELF)).toBe(true);
  });

  test("that comes after it brings one ring, and one run", () => {
    const { loop, host, threads, send, board } = looped();
    const { address, seen } = threads.recorder();
    loop.start();
    settle(host);
    for (let count = 0; count < 3; count += 1) send(address);
    expect(board.isParked(SELF)).toBe(false);
    loop.nudge();
    loop.nudge();
    settle(host);
    expect(seen.length).toBe(3);
    expect(board.awakeCount).toBe(0);
  });
});

describe("a loop that was not started", () => {
  test("takes no turn, and is rung again for all that comes; its start finds it", () => {
    const { loop, host, threads, send, board } = looped();
    const { address, seen } = threads.recorder();
    for (let count = 0; count < 2; count += 1) {
      send(address);
      expect(board.isParked(SELF)).toBe(false);
      loop.nudge();
      expect(settle(host)).toBe(0);
      expect(board.isParked(SELF)).toBe(true);
    }
    loop.start();
    loop.start();
    settle(host);
    expect([seen.length, board.awakeCount]).toEqual([2, 0]);
  });

  test("ends when it is condemned", () => {
    const { loop, board, isHalted } = looped();
    loop.nudge();
    expect(isHalted()).toBe(false);
    board.condemn(SELF);
    loop.nudge();
    expect([isHalted(), board.awakeCount]).toEqual([true, 0]);
  });
});

test("a sleeper that waits for room is woken by who makes it", () => {
  const { loop, host, self, peer, board } = looped();
  loop.start();
  const stop = { kind: "stop", to: { slot: 1, incarnation: 1 }, mode: "drain" } as const;
  while (self.exchange.send(PEER, stop) === "ok");
  loop.nudge();
  settle(host);
  expect([board.isParked(SELF), board.wantsRoom(SELF)]).toEqual([true, true]);
  peer.exchange.drain(() => {});
  expect(board.isParked(SELF)).toBe(false);
  loop.nudge();
  settle(host);
  expect(self.exchange.isBlocked).toBe(false);
  expect(board.wantsRoom(SELF)).toBe(false);
});

test("a condemned thread takes no turn any more, not even for mail that has come", () => {
  const { loop, host, threads, send, board, isHalted } = looped();
  const { address, seen } = threads.recorder();
  loop.start();
  settle(host);
  send(address);
  board.condemn(SELF);
  loop.nudge();
  settle(host);
  expect([isHalted(), seen.length, board.awakeCount]).toEqual([true, 0, 0]);
  loop.nudge();
  expect(settle(host)).toBe(0);
});
