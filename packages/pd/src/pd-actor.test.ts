import { type Envelope, type Held, type ReplyToken, toAddress } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import { report } from "../test/fixtures.ts";
import { MemoryDisk } from "../test/memory-disk.ts";
import { type PdArgs, type PdContext, PdHost } from "./pd-actor.ts";
import {
  compareTimestamps,
  type PdMail,
  type PdOrder,
  type Timestamp,
  toStoreId,
} from "./protocol/index.ts";

const TOKEN: ReplyToken = { asker: toAddress(1, 1), ask: 1 };
const random = { below: () => 0, unit: () => 0, fork: () => random };

/** One life of the host, as its thread would run it. */
class Life {
  readonly answers: unknown[] = [];
  readonly told: PdOrder[] = [];
  readonly host: PdHost;
  readonly #held: (() => void)[] = [];
  timer: PdMail | undefined;

  constructor(disk: MemoryDisk, clock = { monotonicMs: 1_000, wallMs: 1_000 }, args?: PdArgs) {
    const context: PdContext = {
      environment: {
        clock: { nowMs: () => clock.monotonicMs, wallMs: () => clock.wallMs },
        disk,
        random,
      },
      lease: {
        isCurrent: true,
        heldNames: [],
        hold: (name, release): Held => {
          this.#held.push(release);
          return { name, isReleased: false, release };
        },
      },
      reply: (_, value) => this.answers.push(value),
      replyError: (_, error) => this.answers.push({ code: error.code }),
      setTimer: (_, __, message) => {
        this.timer = message;
      },
      tell: (_, message) => this.told.push(message as unknown as PdOrder),
    };
    try {
      this.host = new PdHost(context, args ?? { directory: "/pd" });
    } catch (error) {
      this.end(); // as the runtime does when an actor cannot be made
      throw error;
    }
  }

  ask(mail: PdMail): unknown {
    this.host.receive(mail, this.envelope(TOKEN));
    return this.answers.at(-1);
  }

  tell(mail: PdMail): void {
    this.host.receive(mail, this.envelope(undefined));
  }

  end(): void {
    for (const release of this.#held.reverse()) release();
  }

  envelope(reply: ReplyToken | undefined): Envelope {
    return { from: undefined, reply, payload: undefined, takePayload: () => undefined };
  }
}

const BOOTSTRAP: PdMail = {
  kind: "bootstrap",
  store: { id: toStoreId(1), state: "up" },
  region: report({ peers: "1" }).region,
};
const ASK_IDS: PdMail = { kind: "allocate-ids", count: 10 };
const ASK_TIME: PdMail = { kind: "allocate-timestamps", count: 10 };

describe("a host with a directory", () => {
  test("goes on where the life before it stopped, ids, timestamps and bootstrap", () => {
    const disk = new MemoryDisk();
    const first = new Life(disk);
    first.ask(BOOTSTRAP);
    const { firstId } = first.ask(ASK_IDS) as { firstId: number };
    const time = first.ask(ASK_TIME) as Timestamp;
    first.end();
    const second = new Life(disk, { monotonicMs: 5, wallMs: 5 });
    expect(second.ask(BOOTSTRAP)).toMatchObject({ kind: "already-bootstrapped" });
    expect((second.ask(ASK_IDS) as { firstId: number }).firstId).toBeGreaterThan(firstId + 9);
    expect(compareTimestamps(second.ask(ASK_TIME) as Timestamp, time)).toBeGreaterThan(0);
  });

  test("answers nothing that it could not make durable", () => {
    const disk = new MemoryDisk();
    for (const mail of [BOOTSTRAP, ASK_IDS, ASK_TIME]) {
      const life = new Life(disk);
      disk.isFull = true;
      expect(() => life.ask(mail)).toThrow("no space");
      expect(life.answers).toEqual([]);
      life.end();
      disk.isFull = false;
    }
    expect(new Life(disk).ask(BOOTSTRAP)).toEqual({ kind: "bootstrapped" });
  });

  test("owns the directory until its life ends", () => {
    const disk = new MemoryDisk();
    const first = new Life(disk);
    expect(() => new Life(disk)).toThrow("in use");
    first.end();
    new Life(disk).end();
    expect(disk.locked.size).toBe(0);
  });

  test("refuses what another version wrote, and lets the directory go", () => {
    const disk = new MemoryDisk();
    const first = new Life(disk);
    first.ask(ASK_IDS);
    first.end();
    const [path = "", bytes = new Uint8Array()] = [...disk.files][0] ?? [];
    const text = Buffer.from(bytes).toString("latin1").replace("multiraft-pd 1", "multiraft-pd 9");
    disk.files.set(path, Buffer.from(text, "latin1"));
    expect(() => new Life(disk)).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_PD_VERSION" }),
    );
    expect(disk.locked.size).toBe(0);
  });
});

describe("a host", () => {
  test("without a directory touches no disk", () => {
    const disk = new MemoryDisk();
    const life = new Life(disk, undefined, { directory: undefined });
    expect(life.ask(BOOTSTRAP)).toEqual({ kind: "bootstrapped" });
    expect(disk.files.size + disk.locked.size).toBe(0);
  });

  test("answers a faulty request with its code, and one that nobody waits for not at all", () => {
    const life = new Life(new MemoryDisk());
    expect(life.ask({ kind: "allocate-ids", count: 0 })).toEqual({
      code: "ERR_MULTIRAFT_PD_REQUEST",
    });
    life.tell(ASK_IDS);
    expect(life.answers).toHaveLength(1);
  });

  test("tells orders to whoever reported, and ticks on", () => {
    const life = new Life(new MemoryDisk());
    life.ask(BOOTSTRAP);
    life.ask({ kind: "put-store", storeId: toStoreId(2) });
    life.tell(report({ peers: "1" }));
    expect(life.told).toMatchObject([{ kind: "pd-order", step: { kind: "add-learner" } }]);
    const { timer } = life;
    life.timer = undefined;
    life.tell(timer ?? BOOTSTRAP);
    expect(life.timer).toEqual({ kind: "tick" });
  });
});
