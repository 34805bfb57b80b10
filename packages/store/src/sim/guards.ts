// The four remedies, each taken out of a world in which its absence does harm: its own oracle has
// to speak. With all of them in place the same scenarios run to their end and break no promise.
import type { OracleName } from "./oracle/oracle.ts";
import { runForeignIntent } from "./scenarios/foreign-intent.ts";
import { RACE_WORLD, runRace } from "./scenarios/founding-race.ts";
import { runLateOffer } from "./scenarios/late-offer.ts";
import { placeAgain } from "./scenarios/script.ts";
import { ScriptedDisk } from "./scripted-disk.ts";
import { World, type WorldOptions } from "./world.ts";

type Stage = { readonly world: World; readonly play: () => void };

export type Guard = {
  readonly remedy: string;
  readonly oracle: OracleName;
  readonly scenario: string;
  /** What takes the remedy out. */
  readonly without: Partial<WorldOptions>;
  readonly stage: (without: Partial<WorldOptions>) => Stage;
};

export type GuardResult = Pick<Guard, "remedy" | "oracle" | "scenario"> & {
  /** What the oracle said first when the remedy was out. */
  readonly violation: string | undefined;
  /** It spoke then, and no oracle did when the remedy was in. */
  readonly isCaught: boolean;
  /** What went wrong with the remedy in place. */
  readonly falseAlarm: string | undefined;
};

export const GUARDS: readonly Guard[] = [
  {
    remedy: "one creation path",
    oracle: "one-creation-path",
    scenario: "a late split finds the child that a message has made",
    without: { remedies: { oneDoor: false } },
    stage: (without) => {
      const world = makeWorld(without);
      const order = ["split applied", "removed", "snapshot handled"] as const;
      return { world, play: () => runRace(world, { place: "mailbox", order }) };
    },
  },
  {
    remedy: "state checked before a snapshot",
    oracle: "current-snapshots",
    scenario: "an offer comes when its epoch is over",
    without: { remedies: { snapshotChecks: false } },
    stage: (without) => {
      const world = makeWorld(without);
      return { world, play: () => runLateOffer(world) };
    },
  },
  {
    remedy: "metadata protected",
    oracle: "owned-entries",
    scenario: "a report comes when a later life has the region",
    without: { remedies: { entryOwnership: false } },
    stage: (without) => {
      const disk = new ScriptedDisk();
      const diskOf = (id: number) => (id === 3 ? disk : new ScriptedDisk());
      const world = makeWorld({ ...without, diskOf });
      return { world, play: () => runForeignIntent(world, disk) };
    },
  },
  {
    remedy: "mail isolated",
    oracle: "own-mail",
    scenario: "a piece of a snapshot comes when a later life has the slot",
    without: { isMailIsolated: false },
    stage: (without) => {
      // Log, governor, registry, gate and two replicas: a slot is used again at once.
      const world = makeWorld({ ...without, slotsPerHost: 6 });
      return { world, play: () => runLatePiece(world) };
    },
  },
];

function runLatePiece(world: World): void {
  const order = ["split applied", "removed"] as const;
  const { child, snapshot } = runRace(world, { place: "chunk stream", order });
  placeAgain(world, child, 3);
  snapshot.release();
  world.ticks(5);
}

/** Violations are gathered: without a remedy the world may well stop for other reasons, too. */
function makeWorld(options: Partial<WorldOptions>): World {
  return new World({ ...RACE_WORLD, isChecked: false, ...options });
}

export function runGuard(guard: Guard): GuardResult {
  const { remedy, oracle, scenario, without } = guard;
  const intact = guard.stage({});
  const stop = playToTheEnd(intact);
  const falseAlarm = stop ?? intact.world.oracles.violations[0]?.what;
  const broken = guard.stage(without);
  playToTheEnd(broken);
  const violation = broken.world.oracles.violations.find((one) => one.oracle === oracle)?.what;
  const isCaught = violation !== undefined && falseAlarm === undefined;
  return { remedy, oracle, scenario, violation, isCaught, falseAlarm };
}

/** @returns What stopped it. */
function playToTheEnd({ world, play }: Stage): string | undefined {
  try {
    play();
    world.oracles.settled();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
