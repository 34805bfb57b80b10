// What a replica that failed is opened with: no name that a job of its dead thread may still write to.
import { FIRST_EPOCH, toPeerId, toRegionId } from "@multiraft/pd/protocol";
import type { ActorContext, Address } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { LogMail, RecoveredLife } from "../log/log-mail.ts";
import type { Generation, Life } from "../log/record.ts";
import type { TabletEngine, TabletName } from "../tablet/tablet.ts";
import { newEntry } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import { Reopening } from "./reopening.ts";

const LIFE = 3 as Life;
const OTHER: TabletName = { regionId: 2, life: 4, generation: 90 };

/** Generations of the life on disk when it fails; the second of them is installed. */
function failuresWith(onDisk: readonly (readonly number[])[]) {
  let names: TabletName[] = [];
  const spawnedWith: number[] = [];
  const left: number[][] = [];
  const engine = {
    list: () => [...names],
    remove: (name: TabletName) => {
      names = names.filter((one) => one.generation !== name.generation);
    },
  } as unknown as TabletEngine;
  const reopening = new Reopening({
    context: {} as ActorContext<RegistryMail>,
    log: {} as Address<LogMail>,
    engine,
    giveUp: () => undefined,
    spawn: (_entry, origin) => {
      if (origin.kind === "restart") spawnedWith.push(origin.lastGeneration);
    },
  });
  const entry = newEntry(LIFE, toRegionId(1), toPeerId(101), FIRST_EPOCH, 0);
  for (const generations of onDisk) {
    names = [OTHER, ...generations.map((generation) => ({ regionId: 1, life: LIFE, generation }))];
    const value = { life: LIFE, generation: 2 as Generation } as RecoveredLife;
    reopening.onLifeRead(entry, { kind: "reply", value });
    left.push(names.map(({ generation }) => generation));
  }
  return { spawnedWith, left };
}

test("what is swept away when a replica is opened again is never a name again", () => {
  const { spawnedWith, left } = failuresWith([[2, 3], [2], [2, 5, 4], [2]]);
  expect(spawnedWith).toEqual([3, 3, 5, 5]);
  expect(left).toEqual(Array(4).fill([90, 2]));
});

test("where only the installed generation is on disk, the next one follows it", () => {
  expect(failuresWith([[2]]).spawnedWith).toEqual([2]);
});
