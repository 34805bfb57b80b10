// A directory of a reception whose thread has died, while a job may still be about to write into it.
import { expect, test } from "vitest";
import { TABLETS } from "../cluster/open-store.ts";
import { R1, Stage } from "./stage.ts";

test("a snapshot after a failure is built under a name that was never there", () => {
  const s = new Stage({});
  s.region([1, 2]);
  const pieces = s.holdMail({ to: 3, kinds: ["snapshot-chunk"] });
  s.pdAdds(R1, 3);
  s.untilHeld(pieces);
  const life = s.world.lifeOn(3, R1)?.life;
  s.world.disk(3).makeDirectory(`${TABLETS}/1_${life}_7`);
  s.replicaFails(3, R1);
  pieces.release();
  s.untilThere(3, R1);
  expect(s.world.tabletNames(3)).toEqual([`1_${life}_8`]);
  s.replicaFails(3, R1);
  s.untilThere(3, R1);
  s.promiseEqual(R1);
});
