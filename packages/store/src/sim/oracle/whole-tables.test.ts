import { MemoryDisk } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { type ForgedPeer, forgePeer, mail } from "../../../test/oracle-fixture.ts";
import { metaAt, put, range } from "../../../test/tablet-fixture.ts";
import { openMemoryEngine } from "../../tablet/memory-engine.ts";
import { TABLETS } from "../cluster/open-store.ts";
import { Shadow } from "../shadow.ts";
import { WholeTables } from "./whole-tables.ts";

/** Two stores as a look at them finds them. */
class ForgedCluster {
  readonly oracles = { shadow: new Shadow() };
  readonly #seats = [1, 2].map((id) => ({
    id,
    disk: new MemoryDisk(),
    hasDiskFailed: false,
    isRotten: false,
    isReady: true,
    lives: [] as object[],
    tombstones: [] as object[],
  }));

  opened() {
    return this.#seats.map(({ id }) => ({ id, host: `store-${id}`, registry: id }));
  }

  seat(id: number) {
    const seat = this.#seats[id - 1];
    if (seat === undefined) throw new TypeError(`no store ${id}`);
    return seat;
  }

  disk(id: number): MemoryDisk {
    return this.seat(id).disk;
  }

  look(registry: number) {
    const { lives, tombstones, isReady } = this.seat(registry);
    return { lives, tombstones, isReady };
  }

  /** An actor, and its entry in the table of its store. */
  runs(peer: ForgedPeer, entry: object | undefined = {}): void {
    this.oracles.shadow.start(peer.host, peer.address, peer as never);
    const { life, regionId, peerId, address } = peer;
    const status = { life, regionId, peerId, address, state: "active", ...entry };
    this.seat(Number(peer.host.slice(-1))).lives.push(status);
  }

  hasRegion(peer: ForgedPeer, version: number, start: string, end: string): void {
    const { regionId: id, life } = peer;
    const region = { id, range: range(start, end), epoch: { version, confVer: 1 }, peers: [] };
    const told = { kind: "region-changed", life, region };
    this.oracles.shadow.note(mail("registryActor", peer, told));
  }

  writes(id: number, index: number, value: string): void {
    const engine = openMemoryEngine(this.disk(id), TABLETS);
    const name = { regionId: 7, life: id, generation: index };
    const tablet = engine.create(name, metaAt(1));
    if (tablet instanceof Promise) throw new TypeError("a memory tablet opens at once");
    tablet.apply([put("a", value)], metaAt(index));
    tablet.flush();
    tablet.close();
    engine.close();
  }
}

const ONE = forgePeer(1);
const TWO = forgePeer(2);

function wrong(cluster: ForgedCluster): string[] {
  return new WholeTables(cluster as never).check();
}

function sound(): ForgedCluster {
  const cluster = new ForgedCluster();
  cluster.runs(ONE);
  cluster.runs(TWO);
  cluster.hasRegion(ONE, 2, "", "");
  cluster.hasRegion(TWO, 2, "", "");
  for (const id of [1, 2]) cluster.writes(id, 9, "same");
  return cluster;
}

test("nothing is wrong with two equal replicas that their registries know", () => {
  expect(wrong(sound())).toEqual([]);
});

test("replicas that are durable at one index are equal, now and later", () => {
  const cluster = sound();
  const tables = new WholeTables(cluster as never);
  expect(tables.check()).toEqual([]);
  cluster.writes(1, 10, "one");
  expect(tables.check()).toEqual([]);
  openMemoryEngine(cluster.disk(1), TABLETS).remove({ regionId: 7, life: 1, generation: 10 });
  cluster.writes(2, 10, "other");
  expect(tables.check()).toEqual([expect.stringMatching(/^region 7 at index 10: store 1 has /)]);
});

test("a disk that has failed is not looked at", () => {
  const cluster = sound();
  cluster.writes(1, 10, "one");
  cluster.writes(2, 10, "torn");
  cluster.seat(2).isRotten = true;
  expect(wrong(cluster)).toEqual([]);
});

test("what a power cut left half made is nobody's until its store has swept it", () => {
  const cluster = sound();
  const half = `${TABLETS}/7_2_11`;
  cluster.disk(2).makeDirectory(half);
  cluster.disk(2).open(`${half}/commits`, "create").close();
  cluster.seat(2).isReady = false;
  expect(wrong(cluster)).toEqual([]);
  cluster.seat(2).isReady = true;
  expect(() => wrong(cluster)).toThrow(/7_2_11\/commits has no whole commit/);
});

test("a range has one region of the newest epochs", () => {
  const cluster = sound();
  const child = { ...forgePeer(1, { kind: "new" }, 3), regionId: 8, peerId: 31 };
  cluster.runs(child);
  cluster.hasRegion(child, 3, "m", "");
  expect(wrong(cluster)).toEqual(["regions 7 and 8 overlap in their newest states"]);
  // One replica has applied the split: the other lags behind it.
  cluster.hasRegion(ONE, 3, "", "m");
  expect(wrong(cluster)).toEqual([]);
});

test("a peer is of one region, and on one store", () => {
  const cluster = sound();
  cluster.runs({ ...forgePeer(1, { kind: "new" }, 3), host: "store-2" });
  expect(wrong(cluster)).toEqual(["peer 1 is of region 7 on store-1 and of region 7 on store-2"]);
});

test("every replica that runs has an entry, with its address", () => {
  const unknown = sound();
  unknown.seat(1).lives = [];
  expect(wrong(unknown)).toEqual(["store 1: life 1 of region 7 has no entry"]);
  const another = sound();
  another.seat(1).lives = [{ life: 1, regionId: 7, peerId: 1, address: TWO.address }];
  expect(wrong(another)).toEqual(["store 1: life 1 has another's address"]);
});

test("no life is at or below its region's tombstone, but one that is ending", () => {
  const cluster = sound();
  cluster.seat(2).tombstones = [{ regionId: 7, peerId: 2 }];
  expect(wrong(cluster)).toEqual(["store 2: life 2 of region 7 is buried"]);
  cluster.seat(2).tombstones = [{ regionId: 7, peerId: 1 }];
  expect(wrong(cluster)).toEqual([]);
  const ending = { life: 2, regionId: 7, peerId: 2, address: TWO.address, state: "ending" };
  cluster.seat(2).tombstones = [{ regionId: 7, peerId: 2 }];
  cluster.seat(2).lives = [ending];
  expect(wrong(cluster)).toEqual([]);
});
