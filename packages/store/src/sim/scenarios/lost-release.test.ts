// The word that a slot is free is lost on its way to the governor: it is said again.
import type { Pending } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import type { GovernorStatus } from "../../snapshot/governor-mail.ts";
import { R1, Stage } from "./stage.ts";

const isRelease = (pending: Pending): boolean =>
  pending.kind === "mail" && pending.message.kind === "release-slot";

test("a slot whose release is lost, however often, comes back", () => {
  const s = new Stage({ tuning: { snapshotsMax: 1 } });
  s.region([1, 2]);
  const releases = s.world.system.hold(isRelease);
  s.pdAdds(R1, 3);
  s.until("its data are in", () => s.hasData(3, R1));
  let lost = 0;
  for (let round = 0; round < 3; round += 1) {
    s.until("both ends give their slots back", () => releases.held.length >= 2);
    lost += releases.drop();
    expect([status(1).sending, status(3).receiving]).toEqual([1, 1]);
  }
  expect(lost).toBeGreaterThanOrEqual(6);
  releases.release();
  s.until("the slots are free", () => status(1).sending + status(3).receiving === 0);
  s.end();

  function status(store: number): GovernorStatus {
    const { governor } = s.world.store(store);
    return s.world.answer(governor, { kind: "governor-status" }) as GovernorStatus;
  }
});
