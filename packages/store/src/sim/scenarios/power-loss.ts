// A store loses its power after each write that an operation makes, and, in a second round, after
// an operation some of whose syncs were left out. What was promised before must hold after the
// restart.
import { toPeerId, toStoreId } from "@multiraft/pd/protocol";
import type { RecoveredLog } from "../../log/log-mail.ts";
import { ScriptedDisk } from "../scripted-disk.ts";
import { World } from "../world.ts";
import { addLearner, lead, R1, splitFirst, untilEqual, untilGone } from "./script.ts";

export type Operation = {
  readonly name: string;
  readonly stores: number;
  /** The store that loses its power. */
  readonly victim: number;
  readonly prepare: (world: World) => void;
  /** Returns when the promise was made. */
  readonly act: (world: World) => void;
  /** After the restart, with the help of nobody: what of the promise is broken. */
  readonly brokenPromise: (world: World) => string | undefined;
};

const KEYS = ["a", "n", "x"];

export const OPERATIONS: readonly Operation[] = [
  {
    name: "append",
    stores: 1,
    victim: 1,
    prepare: (world) => {
      world.bootstrap([1]);
      lead(world, R1, 1);
    },
    act: (world) => {
      for (const key of KEYS) world.put(R1, key, `value of ${key}`);
    },
    brokenPromise: missingKey,
  },
  {
    name: "split",
    stores: 1,
    victim: 1,
    prepare: (world) => {
      world.bootstrap([1]);
      lead(world, R1, 1);
      for (const key of KEYS) world.put(R1, key, `value of ${key}`);
    },
    act: (world) => {
      const child = splitFirst(world, "m");
      world.put(child, "n", "value of n");
    },
    brokenPromise: missingKey,
  },
  {
    name: "install",
    stores: 3,
    victim: 3,
    prepare: (world) => {
      world.bootstrap([1, 2]);
      world.answer(world.pd, { kind: "put-store", storeId: toStoreId(3) });
      lead(world, R1, 1);
      for (const key of KEYS) world.put(R1, key, `value of ${key}`);
      world.ticks(10);
    },
    act: (world) => {
      addLearner(world, R1, 3);
      world.until("the snapshot is in", () => world.regionOn(3, R1) !== undefined, 60);
    },
    brokenPromise: (world) => {
      const tablet = world.tablets().find(({ store }) => store === 3);
      if (world.regionOn(3, R1) === undefined) return "the snapshot is gone";
      return tablet?.pairs.length === KEYS.length ? undefined : "data of the snapshot are gone";
    },
  },
  {
    name: "tombstone",
    stores: 3,
    victim: 3,
    prepare: (world) => {
      world.bootstrap([1, 2, 3]);
      lead(world, R1, 1);
      world.put(R1, "a", "value of a");
      world.ticks(10);
    },
    act: (world) => {
      world.order(R1, { kind: "remove-peer", peerId: REMOVED });
      untilGone(world, R1, 3, REMOVED, 60);
    },
    brokenPromise: (world) => {
      const { tombstones } = world.status(3);
      return tombstones.some(({ peerId }) => peerId === REMOVED) ? undefined : "no tombstone";
    },
  },
];

const REMOVED = toPeerId(103);

function missingKey(world: World): string | undefined {
  for (const key of KEYS) {
    const region = world
      .status(1)
      .lives.find((life) => life.region !== undefined && contains(life.region.range, key))?.region;
    if (region === undefined) return `nobody has key ${key}`;
    if (world.get(region.id, key) !== `value of ${key}`) return `key ${key} is gone`;
  }
  return undefined;
}

function contains({ start, end }: { start: string; end: string }, key: string): boolean {
  return key >= start && (end === "" || key < end);
}

export type Fault =
  /** The disk stops after so many writes. */
  | { readonly kind: "stop"; readonly writes: number }
  /**
   * From the sync of this number on its path is not synced any more (a later sync of the same file
   * would make up for one that was left out); power goes when the promise was made.
   */
  | { readonly kind: "no-sync"; readonly sync: number };

export type PowerLoss = {
  readonly isPromised: boolean;
  /** What was wrong after the restart. */
  readonly broken: string | undefined;
  /** Of the operation, as far as it came. */
  readonly writes: number;
  readonly syncs: readonly string[];
};

/** Without a fault: power goes when the operation is done. */
export function losePower(operation: Operation, fault?: Fault): PowerLoss {
  const disk = new ScriptedDisk();
  const world = new World({
    stores: operation.stores,
    seed: 99,
    diskOf: (id) => (id === operation.victim ? disk : new ScriptedDisk()),
  });
  operation.prepare(world);
  const before = disk.writesSoFar;
  const syncs: string[] = [];
  disk.leavesOut = (path) => {
    syncs.push(path);
    return fault?.kind === "no-sync" && syncs.length > fault.sync && path === syncs[fault.sync];
  };
  if (fault?.kind === "stop") disk.crashAfter(fault.writes);
  const isPromised = attempt(() => operation.act(world)) === undefined;
  const writes = disk.writesSoFar - before;
  disk.leavesOut = () => false;
  world.crashStore(operation.victim);
  const broken = attempt(() => restart(world, operation, isPromised));
  return { isPromised, broken, writes, syncs };
}

function restart(world: World, operation: Operation, isPromised: boolean): void {
  world.restartStore(operation.victim);
  world.settle();
  const promise = isPromised ? operation.brokenPromise(world) : undefined;
  if (promise !== undefined) throw new Error(promise);
  const { damaged } = world.status(operation.victim);
  if (damaged.length > 0) throw new Error(`damaged: ${damaged[0]?.reason}`);
  expectNamed(world, operation.victim);
  const stores = world.regionOn(world.mustLead(R1), R1)?.peers.map(({ storeId }) => storeId) ?? [];
  untilEqual(world, R1, stores);
  world.finish();
}

/** No directory without a record, and no record without its directory. */
function expectNamed(world: World, store: number): void {
  const recovered = world.answer(world.store(store).log, { kind: "recover" }) as RecoveredLog;
  const named = recovered.lives.filter(({ generation }) => generation > 0);
  const expected = named.map((life) => `${life.regionId}_${life.life}_${life.generation}`);
  const found = world.tabletNames(store);
  const [wanted, there] = [expected.sort().join(), [...found].sort().join()];
  if (wanted !== there) throw new Error(`on disk ${there}, in the log ${wanted}`);
}

function attempt(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
