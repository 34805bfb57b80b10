import type { HandledMail } from "@multiraft/runtime/testing";
import { describe, expect, test } from "vitest";
import { COPIES_REFUSED_MAX, NEVER_MARKS, NeverMarks, STALE_OFFERS_MAX } from "./never.ts";

const HOST = "store-1";
const LIFE = { slot: 7, incarnation: 1 };

function marks(isDiskGood = true): NeverMarks {
  return new NeverMarks({ isDiskGood: () => isDiskGood, isMadeToFail: (_, life) => life === 4 });
}

function handled(actor: string, message: object): HandledMail {
  const mail = { host: HOST, actor, life: LIFE, addressedTo: LIFE, from: undefined, message };
  return { ...mail, bytes: undefined } as unknown as HandledMail;
}

function tombstone(peerId: number): HandledMail {
  const record = { kind: "tombstone", life: 1, tombstone: { regionId: 1, peerId } };
  return handled("logActor", { kind: "append", number: 1, records: [record] });
}

const begin = (one: NeverMarks, kind: "new" | "restart"): void =>
  one.started(HOST, LIFE as never, "peerActor", { life: 3, origin: { kind } });

/** How each is reached, and the same where it is nothing special. */
const CASES: Readonly<Record<string, readonly [(m: NeverMarks) => void, (m: NeverMarks) => void]>> =
  {
    "a replica is isolated on a good disk": [(m) => m.look(HOST, 1), (m) => m.look(HOST, 0)],
    "a replica is opened again on a good disk": [
      (m) => m.handling(handled("registryActor", { kind: "life-read", life: 3 })),
      (m) => m.handling(handled("registryActor", { kind: "life-read", life: 4 })),
    ],
    "a store ends by itself on a good disk": [(m) => m.storeEnded(HOST), () => undefined],
    "a life begins twice": [
      (m) => {
        begin(m, "new");
        begin(m, "new");
      },
      (m) => {
        begin(m, "new");
        begin(m, "restart");
      },
    ],
    "a tombstone gives way to one of an older peer": [
      (m) => {
        m.handling(tombstone(5));
        m.handling(tombstone(4));
      },
      (m) => {
        m.handling(tombstone(5));
        m.crashed(HOST);
        for (const id of [4, 4, 6]) m.handling(tombstone(id));
      },
    ],
    "a child is refused its parent's data again and again": [
      (m) => repeat(COPIES_REFUSED_MAX + 1, () => m.handling(handled("peerActor", REFUSED))),
      (m) => repeat(COPIES_REFUSED_MAX, () => m.handling(handled("peerActor", REFUSED))),
    ],
    "data that are there already are offered again and again": [
      (m) => repeat(STALE_OFFERS_MAX + 1, (transfer) => offer(m, transfer, 5)),
      (m) => {
        repeat(STALE_OFFERS_MAX, (transfer) => offer(m, transfer, 5));
        repeat(2, () => offer(m, 0, 5));
        offer(m, STALE_OFFERS_MAX, 6);
        repeat(STALE_OFFERS_MAX, () => offer(m, 9, 5, "busy"));
      },
    ],
    "mail is dropped: mailbox-full": [
      (m) => m.lookAtMail(countersOf({ "mailbox-full": 1 })),
      (m) => m.lookAtMail(countersOf({ "mailbox-full": 0, "lane-full": 3 })),
    ],
  };
const REFUSED = { kind: "copy-refused" };

function repeat(times: number, action: (n: number) => void): void {
  for (let n = 0; n < times; n += 1) action(n);
}

/** By the one replica, and refused at once. */
function offer(marks: NeverMarks, transfer: number, index: number, refusal = "stale"): void {
  const mail = { kind: "snapshot-offer", transfer, index };
  marks.handling({ ...handled("gateActor", { kind: "send", mail }), from: LIFE as never });
  marks.handling(handled("peerActor", { kind: "snapshot-verdict", from: 8, transfer, refusal }));
}

function countersOf(dropped: Record<string, number>): never {
  return { counters: () => ({ dropped }) } as never;
}

describe.each(NEVER_MARKS.map((name) => [name] as const))("%s", (name) => {
  test("is seen, and what is like it is not", () => {
    const [reach, pass] = CASES[name] ?? [];
    const reached = marks();
    reach?.(reached);
    expect([...reached.reached]).toEqual([name]);
    const passed = marks();
    pass?.(passed);
    expect([...passed.reached]).toEqual([]);
  });
});

test("on a disk that went bad replicas and stores may fail", () => {
  const bad = marks(false);
  bad.look(HOST, 1);
  bad.storeEnded(HOST);
  bad.handling(handled("registryActor", { kind: "life-read" }));
  expect([...bad.reached]).toEqual([]);
});
