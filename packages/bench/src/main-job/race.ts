// Step 3: the founding race, once for each place in which the snapshot can wait. Each play ends with the
// region placed on the store again, so that the next one finds the cluster as it was.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestCluster } from "@multiraft/store/testing";
import { contentsOf, differencesOf } from "./compare.ts";
import { LateMail } from "./late-mail.ts";
import { RaceScript, type Scene } from "./race-script.ts";
import type { RacePlay } from "./report.ts";

export const PLACES: readonly RacePlay["heldAt"][] = ["mailbox", "chunks", "install"];

export type RaceOptions = {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
};

/** One play, whatever comes of it: a step that never comes true is an outcome too. */
export async function playRace(
  cluster: TestCluster,
  heldAt: RacePlay["heldAt"],
  { directory, signal, say }: RaceOptions,
): Promise<RacePlay> {
  const steps: string[] = [];
  const tell = (step: string) => {
    signal.throwIfAborted();
    steps.push(step);
    say(step);
  };
  const faults = new Faults(cluster);
  const script = new RaceScript(cluster, signal, tell);
  try {
    const { scene, reason, isReleased } = await play(cluster, script, heldAt, directory, tell);
    const differences = await restore(cluster, script, scene, tell);
    const outcome = faults.first === undefined ? "dropped" : "crashed";
    return { heldAt, outcome, reason, released: isReleased, restored: differences === 0, steps };
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    say(`failed: ${why}`);
    const outcome = faults.first === undefined ? "wrong" : "crashed";
    const reason = faults.first ?? why;
    return { heldAt, outcome, reason, released: false, restored: false, steps };
  } finally {
    faults.close();
    await script.setScheduling(true).catch(() => undefined);
  }
}

async function play(
  cluster: TestCluster,
  script: RaceScript,
  heldAt: RacePlay["heldAt"],
  directory: string,
  say: (step: string) => void,
): Promise<{ scene: Scene; reason: string; isReleased: boolean }> {
  const { scene, lateAppends, offers } = await script.begin();
  const waiting = await script.hold(heldAt, scene, offers);
  await script.applySplit(scene, lateAppends);
  const late = await LateMail.watch(cluster, scene, heldAt);
  try {
    await script.remove(scene);
    await waiting.release();
    const reason = await late.reason();
    say(`the snapshot was handled late: its mail was dropped, ${reason}`);
    const isReleased = await released(cluster, scene, directory);
    say(`slabs, slots and files of life ${scene.life} are ${isReleased ? "" : "not "}released`);
    return { scene, reason, isReleased };
  } finally {
    late.close();
  }
}

/** Nothing is left of the life: no actor, slot of the governor, slab in its name, or directory. */
async function released(cluster: TestCluster, scene: Scene, directory: string): Promise<boolean> {
  const { late, child, life, address } = scene;
  const left = await cluster.settled(
    `nothing is left of life ${life}`,
    async () => {
      const reports = await cluster.system.inspect();
      const cells = reports.flatMap((report) => report.cells);
      return {
        actors: cells.filter(
          (cell) =>
            cell.address.slot === address.slot && cell.address.incarnation === address.incarnation,
        ).length,
        slabBytes: reports.reduce((sum, { arenaUsedBytes }) => sum + arenaUsedBytes, 0),
        receiving: (await cluster.governorStatus(late))?.receiving,
        directories: directoriesOf(join(directory, `store-${late}`, "tablets"), child, life),
      };
    },
    ({ actors, slabBytes, receiving, directories }) =>
      actors === 0 && slabBytes === 0 && receiving === 0 && directories.length === 0,
  );
  return left.directories.length === 0;
}

function directoriesOf(tablets: string, regionId: number, life: number): readonly string[] {
  return readdirSync(tablets).filter(
    (name) => name.startsWith(`${regionId}_${life}_`) || name.startsWith(`copy_${life}_`),
  );
}

/** @returns How many differences there are between what the replicas hold, and what clients read. */
async function restore(
  cluster: TestCluster,
  script: RaceScript,
  scene: Scene,
  say: (step: string) => void,
): Promise<number> {
  await script.placeAgain(scene);
  const routes = await cluster.client.routes();
  const region = routes.find((route) => route.region.id === scene.child)?.region;
  if (region === undefined) throw new Error(`region ${scene.child} is gone`);
  const contents = await contentsOf(cluster, region);
  const differences = differencesOf(region, contents);
  const keys = await countKeys(cluster, region.range.start, region.range.end);
  if (contents.some((content) => content.keys !== keys)) differences.push(`clients read ${keys}`);
  for (const difference of differences) say(difference);
  if (differences.length === 0) say(`its ${contents.length} replicas hold the same ${keys} keys`);
  return differences.length;
}

async function countKeys(cluster: TestCluster, start: string, end: string): Promise<number> {
  const bound = (key: string) => Buffer.from(key, "latin1");
  let count = 0;
  for await (const _ of cluster.client.scan({ start: bound(start), end: bound(end) })) count += 1;
  return count;
}

/** What must not happen meanwhile: an actor that throws, a store that breaks. */
class Faults {
  first: string | undefined;
  readonly #unsubscribe: () => void;

  constructor(cluster: TestCluster) {
    const { lifecycle, cluster: stores } = cluster.cluster.events;
    const subscriptions = [
      lifecycle.subscribe((event) => {
        if (event.kind === "threw") this.first ??= `an actor threw: ${event.error.message}`;
      }),
      stores.subscribe((event) => {
        if ("reason" in event) this.first ??= `${event.kind}: ${event.reason}`;
      }),
    ];
    this.#unsubscribe = () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }

  close(): void {
    this.#unsubscribe();
  }
}
