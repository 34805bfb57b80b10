import { expect, test } from "vitest";
import { defineActor, type MessageShape } from "../actor/definition.ts";
import { ManualSystem } from "./manual-system.ts";
import type { HandledMail } from "./onlooker.ts";

const silent = defineActor<MessageShape, string>({
  url: import.meta.url,
  name: "silent",
  create: () => ({ receive: () => undefined }),
});

/** Mail on its way to a life that ends meanwhile; its slot has a new life when the mail arrives. */
function lateMail(isMailIsolated: boolean) {
  const system = new ManualSystem({ seed: 1, slotsPerHost: 1, isMailIsolated });
  system.addHost("a");
  const handled: HandledMail[] = [];
  const events: string[] = [];
  system.lookOn({
    started: (host, life, _, args) => events.push(`${host} ${life.incarnation} starts ${args}`),
    ended: (host, life) => events.push(`${host} ${life.incarnation} ends`),
    handling: (mail) => handled.push(mail),
  });
  const first = system.spawn("a", silent, "x");
  const hold = system.hold(({ kind }) => kind === "mail");
  system.tell(first, { kind: "late" });
  system.stop(first);
  system.settle();
  const second = system.spawn("a", silent, "y");
  hold.release();
  system.settle();
  return { system, first, second, handled, events };
}

test("an onlooker sees lives start and end, crashes included", () => {
  const { system, events } = lateMail(true);
  system.crashHost("a");
  expect(events).toEqual(["a 1 starts x", "a 1 ends", "a 2 starts y", "a 2 ends"]);
});

test("late mail is not handled by the next life of the slot", () => {
  const { system, handled } = lateMail(true);
  expect(handled).toEqual([]);
  expect(system.counters().dropped["stale-incarnation"]).toBe(1);
});

test("without isolation it is, and the onlooker sees for whom it was meant", () => {
  const { first, second, handled } = lateMail(false);
  expect(handled).toMatchObject([{ life: second, addressedTo: first, message: { kind: "late" } }]);
});
