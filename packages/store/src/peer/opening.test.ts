import type { Lease } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { RecoveredLife } from "../log/log-mail.ts";
import type { Tablet, TabletEngine } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import { type OpenedReplica, openReplica } from "./opening.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";

type Outcome =
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "reply"; readonly value: unknown };

/** A replica with a tablet up to entry 4 and a log up to 5 is being opened. */
function opening() {
  let closed = 0;
  let answerLog: ((outcome: Outcome) => void) | undefined;
  const atEnd = new Set<() => void>();
  const opened: OpenedReplica[] = [];
  const tablet = { meta: { appliedIndex: 4 }, close: () => (closed += 1) } as unknown as Tablet;
  const lease = {
    hold: (name: string, release: () => void) => {
      atEnd.add(release);
      return { name, release: () => atEnd.delete(release) && release() };
    },
  } as unknown as Lease;
  const work = {
    perform: (_: string, start: () => unknown, then: (outcome: unknown) => void) =>
      then({ kind: "done", value: start() }),
    ask: (_to: unknown, _mail: unknown, _limits: unknown, then: (outcome: Outcome) => void) => {
      answerLog = then;
    },
  } as unknown as AsyncWork<PeerMail>;
  const recovered = {
    generation: 1,
    truncatedIndex: 4,
    truncatedTerm: 2,
    lastIndex: 5,
  } as unknown as RecoveredLife;
  const args = { config: {}, origin: { kind: "restart", recovered } } as unknown as PeerArgs;
  const engine = { open: () => tablet } as unknown as TabletEngine;
  openReplica(args, lease, engine, work, (replica) => opened.push(replica));
  return {
    opened,
    closed: () => closed,
    answer: (outcome: Outcome) => answerLog?.(outcome),
    end: () => {
      for (const release of atEnd) release();
    },
  };
}

test("the tablet of a replica whose log cannot be read is closed", () => {
  const { answer, opened, closed, end } = opening();
  answer({ kind: "failed", error: new Error("no answer") });
  expect(opened).toEqual([{ kind: "failed", reason: "no answer" }]);
  expect(closed()).toBe(1);
  end();
  expect(closed()).toBe(1);
});

test("so is that of a replica that ends before its log was read", () => {
  const { opened, closed, end } = opening();
  expect(closed()).toBe(0);
  end();
  expect(opened).toEqual([]);
  expect(closed()).toBe(1);
});

test("whoever it is handed to closes it", () => {
  const { answer, opened, closed, end } = opening();
  answer({
    kind: "reply",
    value: { entries: [{ index: 5, term: 2, type: 0, data: new Uint8Array(0) }] },
  });
  expect(opened).toMatchObject([{ kind: "opened" }]);
  end();
  expect(closed()).toBe(0);
});
