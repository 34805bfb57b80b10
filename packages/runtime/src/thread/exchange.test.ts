import { once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { AnyAddress } from "../actor/address.ts";
import { defineLayout } from "../actor/layout.ts";
import type { KernelRecord, MailRecord } from "../kernel/record.ts";
import { publishedMail } from "../lane/lane-layout.ts";
import { ArenaView, BLOCK_BYTES_MAX, createArenaMemory, UNIT_BYTES } from "../lane/slab-layout.ts";
import { Exchange } from "./exchange.ts";
import { createLaneMemories, type LinkEnd } from "./peer-link.ts";
import { createBoardMemory, ThreadBoard } from "./thread-board.ts";

const TO: AnyAddress = { slot: 70, incarnation: 3 };
const FROM: AnyAddress = { slot: 7, incarnation: 2 ** 31 - 1 };
const LANE_BYTES = 8 * 1_024;
const ERROR = { name: "E", message: "m", code: "C", stack: undefined, cause: undefined };

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const resource of opened.splice(0)) resource.close();
});

type Node = {
  readonly exchange: Exchange;
  readonly identity: LinkEnd["peer"];
  inbox: KernelRecord[];
  /** How often its loop was told that something waits for a flush. */
  nudges: number;
};

function world(threads: number, overflowBytesMax = 4_096, arenaBytes = 2 * BLOCK_BYTES_MAX) {
  const board = new ThreadBoard(createBoardMemory());
  const nodes = Array.from({ length: threads }, (_, thread): Node => {
    const arena = { id: 100 + thread, memory: createArenaMemory(arenaBytes) };
    const view = new ArenaView(arena.id, thread, arena.memory);
    const onUnpublished = () => {
      node.nudges += 1;
    };
    const exchange = new Exchange({ thread, board, arena: view, overflowBytesMax, onUnpublished });
    opened.push(exchange);
    const node: Node = { exchange, identity: { thread, arena }, inbox: [], nudges: 0 };
    return node;
  });
  const lanes = new Map<string, ReturnType<typeof createLaneMemories>>();
  for (const one of nodes)
    for (const other of nodes) {
      if (one.identity.thread >= other.identity.thread) continue;
      const [to, back] = [createLaneMemories(LANE_BYTES), createLaneMemories(LANE_BYTES)];
      const { port1, port2 } = new MessageChannel();
      one.exchange.addLink({ peer: other.identity, outgoing: to, incoming: back, doorbell: port1 });
      other.exchange.addLink({ peer: one.identity, outgoing: back, incoming: to, doorbell: port2 });
      lanes.set(`${one.identity.thread}>${other.identity.thread}`, to);
      lanes.set(`${other.identity.thread}>${one.identity.thread}`, back);
    }
  return { board, nodes: nodes as [Node, Node, ...Node[]], lanes };
}

function mail(message: object, payload?: MailRecord["payload"]): MailRecord {
  const shape = { kind: "m", ...message };
  const [call, budgetMs, layout] = [0, 0, undefined];
  return { kind: "mail", to: TO, from: FROM, call, budgetMs, message: shape, payload, layout };
}

const textLayout = defineLayout<{ readonly kind: string; readonly text: string }>({
  name: "exchange test text 1",
  byteLength: "variable",
  byteLengthOf: ({ text }) => text.length,
  write: ({ text }, view, at) => void Buffer.from(view.buffer).write(text, at, "latin1"),
  read: (view, at, byteLength) => ({
    kind: "m",
    text: Buffer.from(view.buffer).toString("latin1", at, at + byteLength),
  }),
});

/** Ports deliver in order: after this everything that was rung before has been heard. */
async function portsDelivered(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let round = 0; round < 2; round += 1) {
    port1.postMessage(0);
    await once(port2, "message");
  }
  port1.close();
}

function contentOf<Content>(record: KernelRecord): Content {
  return (record as MailRecord).message as unknown as Content;
}

/** Everything that is on the way arrives. */
function settle(nodes: readonly Node[]): void {
  for (let round = 0; round < 100; round += 1) {
    for (const { exchange } of nodes) exchange.flush(() => {});
    for (const { exchange, inbox } of nodes) exchange.drain((record) => inbox.push(record));
  }
}

function systemRecords(): KernelRecord[] {
  return [
    { kind: "reply", to: TO, call: 3, value: undefined },
    { kind: "reply", to: TO, call: 4, value: { list: [1, 2] } },
    {
      kind: "failure",
      to: TO,
      call: 5,
      failure: { kind: "failed", reason: "error", error: ERROR },
    },
    { kind: "moved", to: TO, call: 5, thread: 3 },
    { kind: "watch", to: TO, from: FROM, call: 6 },
    { kind: "unwatch", to: TO, from: FROM, call: 7 },
    { kind: "terminated", to: TO, call: 8, termination: { kind: "threw", error: ERROR } },
    { kind: "stop", to: TO, mode: "now" },
    { kind: "stop", to: TO, mode: "drain" },
    { kind: "spawned", to: TO, call: 10, outcome: { kind: "spawned", address: FROM } },
  ];
}

test("a large payload is seen at once: the receiver works on it while the sender writes the next", () => {
  const { nodes } = world(2);
  const [sender, receiver] = nodes;
  sender.exchange.send(1, mail({ text: "small" }));
  expect(receiver.exchange.hasMail()).toBe(false);
  const payload = sender.exchange.slabs.allocate(BLOCK_BYTES_MAX);
  sender.exchange.send(1, mail({ text: "large" }, payload));
  expect(receiver.exchange.hasMail()).toBe(true);
  settle(nodes);
  expect(receiver.inbox).toHaveLength(2);
});

describe("records", () => {
  const records: KernelRecord[] = [
    mail({ text: "hello", n: 1.5 }),
    { ...mail({}), from: undefined },
    { ...mail({ deep: [{ a: null, b: undefined }] }), call: 2 ** 40, budgetMs: 12.25 },
    ...systemRecords(),
  ];
  test.each(records.map((record) => [record.kind, record] as const))(
    "%s arrives",
    (_kind, record) => {
      const { nodes } = world(2);
      expect(nodes[0].exchange.send(1, record)).toBe("ok");
      settle(nodes);
      expect(nodes[1].inbox).toEqual([record]);
    },
  );

  test("bodies of every size arrive, in lanes or in blocks that go home", () => {
    const { nodes } = world(2, Infinity);
    const sizes = [
      0,
      1,
      2,
      3,
      150,
      160,
      161,
      900,
      1_000,
      1_024,
      5_000,
      70_000,
      BLOCK_BYTES_MAX + 5,
    ];
    for (const size of sizes) nodes[0].exchange.send(1, mail({ text: "x".repeat(size) }));
    settle(nodes);
    const lengths = nodes[1].inbox.map((record) => contentOf<{ text: string }>(record));
    expect(lengths.map(({ text }) => text.length).sort((a, b) => a - b)).toEqual(sizes);
    expect(nodes[0].exchange.slabs.usedBytes).toBe(0);
  });

  test.each([
    ["that is known arrive", true],
    ["that nobody knows are of an unknown kind", false],
  ])("bodies of every size in a layout %s, and blocks go home", (_what, isKnown) => {
    const { nodes } = world(2, Infinity);
    const [sender, receiver] = nodes;
    if (isKnown) receiver.exchange.layouts.add([textLayout]);
    const sizes = [1, 160, 161, 1_000, 1_024, 70_000, BLOCK_BYTES_MAX + 5];
    const messages = sizes.map((size) => ({ kind: "m", text: "x".repeat(size) }));
    for (const message of messages)
      sender.exchange.send(1, { ...mail(message), layout: textLayout });
    settle(nodes);
    const expected = isKnown ? messages : messages.map(() => ({ kind: "unreadable-layout" }));
    expect(receiver.inbox.map((record) => contentOf(record))).toEqual(expected);
    expect(sender.exchange.slabs.usedBytes).toBe(0);
  });

  test("plain mail arrives without a record, in order with what had to wait", () => {
    const { nodes } = world(2, Infinity);
    const [sender, receiver] = nodes;
    receiver.exchange.layouts.add([textLayout]);
    const messages = Array.from({ length: 400 }, (_, n) => ({
      kind: "m",
      text: `${n} `.repeat(n % 50 === 0 ? 3_000 : 3),
    }));
    const results = messages.map((message, n) =>
      sender.exchange.sendPlain(1, FROM, TO, message, n % 2 === 0 ? textLayout : undefined),
    );
    expect(new Set(results)).toEqual(new Set(["ok", "paused"]));
    const received: unknown[] = [];
    const names = new Set<string>();
    let records = 0;
    for (let round = 0; round < 50; round += 1) {
      sender.exchange.flush(() => {});
      receiver.exchange.drain(
        (record) => {
          records += 1;
          received.push(contentOf(record));
        },
        (toSlot, toIncarnation, fromSlot, fromIncarnation, message) => {
          names.add([toSlot, toIncarnation, fromSlot, fromIncarnation].join());
          received.push(message);
        },
      );
      receiver.exchange.flush(() => {});
    }
    expect(received).toEqual(messages);
    expect([...names]).toEqual([[TO, FROM].flatMap((a) => [a.slot, a.incarnation]).join()]);
    expect([records > 0, records < 20]).toEqual([true, true]);
    sender.exchange.collect();
    expect(sender.exchange.slabs.usedBytes).toBe(0);
  });

  test("plain mail that cannot be encoded is not sent", () => {
    const { nodes } = world(2);
    const cyclic: { kind: string; self?: unknown } = { kind: "m" };
    cyclic.self = cyclic;
    expect(() => nodes[0].exchange.sendPlain(1, FROM, TO, cyclic, undefined)).toThrow(/plain data/);
    nodes[0].exchange.sendPlain(1, FROM, TO, { kind: "after" }, undefined);
    settle(nodes);
    expect(nodes[1].inbox.map((record) => contentOf(record))).toEqual([{ kind: "after" }]);
  });

  test("to the own thread they are encoded too", () => {
    const { nodes } = world(2);
    const record = mail({ list: [1] });
    nodes[0].exchange.send(0, record);
    settle(nodes);
    const [received] = nodes[0].inbox as MailRecord[];
    expect(received).toEqual(record);
    expect(received?.message).not.toBe(record.message);
    expect(() => nodes[0].exchange.send(0, mail({ call: () => 1 }))).toThrow(/plain data/);
  });

  test.each<[KernelRecord["kind"], (said: object) => KernelRecord]>([
    ["reply", (value) => ({ kind: "reply", to: TO, call: 1, value })],
    [
      "spawn",
      (args) => ({
        kind: "spawn",
        from: FROM,
        call: 1,
        url: "u",
        name: "n",
        args,
        mailboxMessagesMax: 1,
        definition: undefined,
      }),
    ],
  ])("what actors say in system mail to the own thread is encoded too: %s", (kind, recordOf) => {
    const { nodes } = world(2);
    const said = { list: [1] };
    nodes[0].exchange.send(0, recordOf(said));
    said.list.push(2);
    expect(() =>
      nodes[0].exchange.send(
        0,
        recordOf(() => 1),
      ),
    ).toThrow(/plain data/);
    settle(nodes);
    const [first, ...others] = nodes[0].inbox;
    expect(first).toEqual(recordOf({ list: [1] }));
    // The replier hears of its mistake by the throw, the asker by an answer.
    expect(others.map((other) => other.kind)).toEqual(kind === "reply" ? ["failure"] : []);
  });
});

describe("payloads", () => {
  test("move with the message, on to a third thread, and go home from there", () => {
    const { nodes } = world(3);
    const [a, b, c] = nodes as [Node, Node, Node];
    const payload = a.exchange.slabs.allocate(10_000);
    payload?.bytes.fill(42);
    a.exchange.send(1, mail({}, payload));
    settle(nodes);
    const [atB] = b.inbox as MailRecord[];
    expect(atB?.payload?.bytes.length).toBe(10_000);
    b.exchange.send(2, { ...mail({ on: true }), payload: atB?.payload });
    settle(nodes);
    const [atC] = c.inbox as MailRecord[];
    expect(atC?.payload?.bytes[9_999]).toBe(42);
    expect(a.exchange.slabs.usedBytes).toBeGreaterThan(0);
    atC?.payload?.release();
    settle(nodes);
    expect(a.exchange.slabs.usedBytes).toBe(0);
  });

  test("wait in order while the arena has no blocks", () => {
    const { nodes } = world(2, 16 * 1_024);
    const [a, b] = nodes;
    const held = [1, 2].map(() => a.exchange.slabs.allocate(BLOCK_BYTES_MAX));
    expect(a.exchange.send(1, mail({ text: "y".repeat(5_000) }))).toBe("paused");
    expect(a.exchange.send(1, mail({ n: 2 }))).toBe("paused");
    settle(nodes);
    expect(b.inbox).toEqual([]);
    const answer = { kind: "reply", to: TO, call: 1, value: "y".repeat(5_000) } as const;
    expect(a.exchange.send(1, answer as never), "it may be who holds the blocks").toBe("ok");
    held[0]?.release();
    settle(nodes);
    expect(b.inbox.pop()?.kind).toBe("reply");
    expect(b.inbox.map((record) => "message" in record && "text" in record.message)).toEqual([
      true,
      false,
    ]);
  });

  test("that are released beside a turn nudge the loop while something waits for them", () => {
    const { nodes } = world(2, 16 * 1_024);
    const [a, b] = nodes;
    const allocate = () => a.exchange.slabs.allocate(BLOCK_BYTES_MAX);
    allocate()?.release();
    expect(a.nudges).toBe(0);
    const held = [allocate(), allocate()];
    a.exchange.send(1, mail({ text: "y".repeat(5_000) }));
    // A flush that finds no room nudges nobody: it would be done again for ever.
    for (let round = 0; round < 3; round += 1) a.exchange.flush(() => {});
    const before = a.nudges;
    held[0]?.release();
    expect(a.nudges).toBe(before + 1);
    settle(nodes);
    expect(b.inbox.length).toBe(1);
  });

  test("too large for the arena are refused, and the largest that fit it do not wait for ever", () => {
    for (const segments of [1, 2, 9, 64]) {
      const { nodes } = world(2, Infinity, segments * BLOCK_BYTES_MAX);
      const [a, b] = nodes;
      const tooLarge = Math.min(8, (segments * 3) / 4) * BLOCK_BYTES_MAX;
      const send = (length: number): string =>
        a.exchange.send(1, mail({ text: "z".repeat(length) }));
      expect(() => send(tooLarge)).toThrow(/too large/);
      expect(send(tooLarge - 64)).toBe("ok");
      a.exchange.slabs.allocate(1)?.release();
      send(tooLarge - 64);
      send(1);
      settle(nodes);
      expect(b.inbox.length).toBe(3);
      expect(a.exchange.slabs.usedBytes).toBe(0);
    }
  });

  test("go home although the lane for them was full", () => {
    const { nodes } = world(2, Infinity);
    const [a, b] = nodes;
    // More than the lane for returns holds, in several rounds.
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 500; index += 1)
        a.exchange.send(1, mail({}, a.exchange.slabs.allocate(1)));
      for (let turn = 0; turn < 500; turn += 1) {
        a.exchange.flush(() => {});
        b.exchange.drain((record) => b.inbox.push(record));
      }
      for (const record of b.inbox.splice(0)) (record as MailRecord).payload?.release();
    }
    settle(nodes);
    expect(a.exchange.slabs.usedBytes).toBe(0);
  });
});

describe("a full lane", () => {
  test("pauses its senders, keeps order, refuses beyond the bound, and says when it is free", () => {
    const { nodes } = world(2, 2_048);
    const [a, b] = nodes;
    const results: string[] = [];
    let sent = 0;
    while (results.at(-1) !== "lane-full") results.push(a.exchange.send(1, mail({ n: sent++ })));
    expect(results.filter((result) => result === "paused").length).toBeGreaterThan(5);
    expect(a.exchange.isBlocked).toBe(true);
    expect(a.exchange.send(1, { kind: "stop", to: TO, mode: "now" })).toBe("ok");
    const freed: number[] = [];
    a.exchange.flush((thread) => freed.push(thread));
    expect(freed).toEqual([]);
    b.exchange.drain((record) => b.inbox.push(record));
    a.exchange.flush((thread) => freed.push(thread));
    expect(freed).toEqual([1]);
    b.exchange.drain((record) => b.inbox.push(record));
    expect(b.inbox[0]?.kind).toBe("stop");
    const numbers = b.inbox.slice(1).map((record) => contentOf<{ n: number }>(record));
    expect(numbers.map(({ n }) => n)).toEqual(Array.from({ length: sent - 1 }, (_, n) => n));
  });

  test.each(systemRecords().map((record) => [record.kind, record] as const))(
    "never refuses system mail, behind mail that fills the overflow: %s",
    (_kind, record) => {
      const { nodes } = world(2, 256);
      const [a, b] = nodes;
      while (a.exchange.send(1, mail({})) !== "lane-full");
      const results = Array.from({ length: 1_000 }, () => a.exchange.send(1, record));
      expect(results).not.toContain("lane-full");
      expect(results.at(-1)).toBe("paused");
      settle(nodes);
      expect(b.inbox.filter(({ kind }) => kind !== "mail")).toEqual(results.map(() => record));
    },
  );
});

function bellOf({ exchange }: Node): MessagePort {
  return exchange.links[0]?.doorbell as MessagePort;
}

describe("sleep", () => {
  test("one ring for one sleep, and none for who is awake", async () => {
    const { board, nodes } = world(2);
    const rings: number[] = [];
    bellOf(nodes[1]).on("message", () => rings.push(1));
    nodes[0].exchange.send(1, mail({}));
    nodes[0].exchange.flush(() => {});
    board.setParked(1);
    for (const n of [1, 2, 3]) {
      nodes[0].exchange.send(1, mail({ n }));
      nodes[0].exchange.flush(() => {});
    }
    await portsDelivered();
    expect(rings).toEqual([1]);
    expect(board.isParked(1)).toBe(false);
  });

  test("whoever waits for room is rung by who makes it", async () => {
    const { board, nodes } = world(2);
    const [a, b] = nodes;
    let rings = 0;
    bellOf(a).on("message", () => {
      rings += 1;
    });
    board.setParked(0);
    for (const wants of [false, true]) {
      while (a.exchange.send(1, mail({})) === "ok");
      board.setWantsRoom(0, wants);
      b.exchange.drain(() => {});
      await portsDelivered();
      expect(rings).toBe(wants ? 1 : 0);
      a.exchange.flush(() => {});
    }
  });
});

test("whoever waits with blocks for the lane home is rung by who takes blocks out of it", async () => {
  const arenaBytes = 8 * BLOCK_BYTES_MAX;
  const { board, nodes } = world(2, Infinity, arenaBytes);
  const [a, b] = nodes;
  let rings = 0;
  bellOf(b).on("message", () => {
    rings += 1;
  });
  for (let block = 0; block < arenaBytes / UNIT_BYTES; block += 1)
    a.exchange.send(1, mail({}, a.exchange.slabs.allocate(1)));
  settle(nodes);
  for (const record of b.inbox) (record as MailRecord).payload?.release();
  b.exchange.flush(() => {});
  expect(b.exchange.isBlocked).toBe(true);
  await portsDelivered();
  rings = 0;
  board.setParked(1);
  board.setWantsRoom(1, true);
  a.exchange.collect();
  await portsDelivered();
  expect(rings).toBe(1);
});

describe("the death of a thread", () => {
  test("what it had sent arrives, what was to go there comes back, its blocks are found", () => {
    const { nodes, lanes } = world(3);
    const [a, b, c] = nodes as [Node, Node, Node];
    b.exchange.send(0, mail({ from: "b" }));
    b.exchange.flush(() => {});
    b.exchange.send(0, mail({ from: "b, never published" }));
    a.exchange.send(1, mail({ taken: true }, a.exchange.slabs.allocate(1)));
    a.exchange.flush(() => {});
    b.exchange.drain((record) => b.inbox.push(record));
    c.exchange.send(1, mail({}, c.exchange.slabs.allocate(1)));
    let waiting = 0;
    while (a.exchange.send(1, mail({ n: waiting })) !== "lane-full") waiting += 1;
    const back = a.exchange.detach(1, (record) => a.inbox.push(record));
    expect(c.exchange.detach(1, (record) => c.inbox.push(record))).toEqual([]);
    expect(a.inbox).toEqual([mail({ from: "b" })]);
    expect(back.length).toBeGreaterThan(0);
    const visible = publishedMail((lanes.get("0>1") as { mail: SharedArrayBuffer }).mail);
    expect(visible + back.length).toBe(1 + waiting);
    expect(a.exchange.send(1, mail({}))).toBe("thread-dead");
    expect([a, c].map(({ exchange }) => exchange.bury(1, 101, () => {}))).toEqual([1, 1]);
    expect([a, c].map(({ exchange }) => exchange.slabs.usedBytes)).toEqual([0, 0]);
    expect([a, c].map(({ exchange }) => exchange.slabs.arenaCount)).toEqual([2, 2]);
  });

  test("what it had given others may reach a thread that was born after it, until it is buried", () => {
    const { nodes } = world(3);
    const [holder, dead, late] = nodes as [Node, Node, Node];
    const payload = dead.exchange.slabs.allocate(100);
    payload?.bytes.fill(9);
    dead.exchange.send(0, mail({}, payload));
    settle(nodes);
    // As if it had never known it.
    late.exchange.detach(1, () => {});
    late.exchange.bury(1, 101, () => {});
    late.exchange.addUnburied(dead.identity);
    const [held] = holder.inbox as MailRecord[];
    holder.exchange.send(2, mail({}, held?.payload));
    settle([holder, late]);
    const [received] = late.inbox as MailRecord[];
    expect(received?.payload?.bytes).toEqual(new Uint8Array(100).fill(9));
    // It names it to nobody else: what it passes on is its own.
    late.exchange.send(0, mail({}, received?.payload));
    settle([holder, late]);
    const [, back] = holder.inbox as MailRecord[];
    holder.exchange.detach(1, () => {});
    for (const { exchange } of [holder, late]) exchange.bury(1, 101, () => {});
    expect([holder, late].map(({ exchange }) => exchange.slabs.arenaCount)).toEqual([2, 2]);
    expect(back?.payload?.bytes).toEqual(new Uint8Array(100).fill(9));
    back?.payload?.release();
    settle([holder, late]);
    expect(late.exchange.slabs.usedBytes).toBe(0);
  });

  test("an actor of which its spawner had not heard comes back, one that it knew does not", () => {
    const { nodes } = world(2);
    const [a, b] = nodes;
    const spawned = (call: number): KernelRecord => {
      const outcome = { kind: "spawned", address: { slot: 80 + call, incarnation: 1 } } as const;
      return { kind: "spawned", to: TO, call, outcome };
    };
    for (const call of [1, 2]) a.exchange.send(1, spawned(call));
    settle(nodes);
    expect(b.inbox.length).toBe(2);
    a.exchange.send(1, { kind: "watch", to: TO, from: FROM, call: 3 });
    a.exchange.send(1, spawned(4));
    a.exchange.flush(() => {});
    const text = "x".repeat(LANE_BYTES);
    const failed = { kind: "failed", error: { ...ERROR, message: text } } as const;
    a.exchange.send(1, { kind: "spawned", to: TO, call: 5, outcome: failed });
    a.exchange.send(1, spawned(6));
    const back = a.exchange.detach(1, () => {});
    expect(back).toEqual([spawned(4), spawned(6)]);
    expect(a.exchange.bury(1, 101, () => {})).toBe(1);
    expect(a.exchange.slabs.usedBytes).toBe(0);
  });

  test("blocks of its arena stay readable and are copied before they go on", () => {
    const { nodes } = world(3);
    const [a, b, c] = nodes as [Node, Node, Node];
    const payload = b.exchange.slabs.allocate(100);
    payload?.bytes.fill(9);
    b.exchange.send(0, mail({}, payload));
    settle(nodes);
    for (const { exchange, inbox } of [a, c]) exchange.detach(1, (record) => inbox.push(record));
    for (const { exchange } of [a, c]) exchange.bury(1, 101, () => {});
    const [held] = a.inbox as MailRecord[];
    a.exchange.send(2, mail({ on: 1 }, held?.payload));
    expect(a.exchange.slabs.usedBytes).toBeGreaterThan(0);
    settle([a, c]);
    const [received] = c.inbox as MailRecord[];
    expect(received?.payload?.bytes).toEqual(new Uint8Array(100).fill(9));
    received?.payload?.release();
    settle([a, c]);
    expect(a.exchange.slabs.usedBytes).toBe(0);
  });
});
