import { expect, test } from "vitest";
import { MailCounters } from "../routing/mail-counters.ts";
import { createCounters, MailLedger } from "./mail-ledger.ts";

function member(ledger: MailLedger) {
  const memory = createCounters();
  ledger.open(memory);
  return { memory, counters: new MailCounters(new Float64Array(memory)) };
}

function times(count: number, act: () => void): void {
  for (let index = 0; index < count; index += 1) act();
}

test("what a dead thread had taken and not passed on is lost with it", () => {
  const ledger = new MailLedger();
  const [alive, dead] = [member(ledger), member(ledger)];
  // 10 from the living to the dead, 7 of them visible in the lane; 5 came back, 2 own ones stayed.
  times(10, () => alive.counters.noteSent());
  times(3, () => alive.counters.noteDropped("lane-full"));
  times(7, () => dead.counters.noteSent());
  times(4, () => dead.counters.noteDelivered());
  dead.counters.noteDropped("vacant");
  times(5, () => alive.counters.noteDelivered());
  expect(ledger.totals().inFlight).toBe(4);
  expect(ledger.close(dead.memory, { incoming: 7, outgoing: 5 })).toBe(4);
  const { sent, delivered, dropped, inFlight } = ledger.totals();
  expect([sent, delivered, inFlight]).toEqual([17, 9, 0]);
  expect(dropped).toMatchObject({ "thread-dead": 4, "lane-full": 3, vacant: 1 });
});

test("a thread that passed on more than it was given is an assertion", () => {
  const ledger = new MailLedger();
  const { memory } = member(ledger);
  expect(() => ledger.close(memory, { incoming: 0, outgoing: 1 })).toThrow(/passed on more/);
});
