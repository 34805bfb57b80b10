// Media that go bad while a store or the placement driver is down: a bit of what was synced is another, or a
// file is gone. What has to follow is known beforehand, by opening copies of the disk: without the damage, and
// with it.
//
// - A log whose damaged copy says what the other one says has lost nothing that anybody needs.
// - A log that does not open has to refuse in the run too, with its code, until the file is as it was.
// - A log that opens and says less: only its last frame may be what is missing, which cannot be told from one
//   that was torn before its sync. Then nothing is shown, and the damage is undone.
// - A tablet that is named by a life: its replica has to be isolated, or to come to the same by replaying its
//   log. It never serves.
// - A record of the placement driver: it does not start.
import { PdError } from "@multiraft/pd";
import type { Random } from "@multiraft/runtime";
import type { MemoryDisk } from "@multiraft/runtime/testing";
import { LogError } from "../../log/log-error.ts";
import type { PeerStatus } from "../../peer/peer-mail.ts";
import type { StoreStatusReply } from "../../registry/registry-mail.ts";
import type { TabletName } from "../../tablet/tablet.ts";
import { parseTabletName } from "../../tablet/tablet-name.ts";
import { TABLETS } from "../cluster/open-store.ts";
import type { SimCluster, StoreSeat } from "../cluster/sim-cluster.ts";
import { textOf, Violated } from "../cluster/violated.ts";
import { drawKept, drawMs, drawSeat, type FaultSite } from "./fault-site.ts";
import { LOG, logTextOn, readDisk, tabletIn, type WholeDisk } from "./read-disk.ts";

export const ORACLE = "damage-is-reported";

export type RotKind = "flip" | "lose";
type Damage = { readonly path: string; readonly what: string; readonly undo: () => void };
type BadTablet = { readonly seat: StoreSeat; readonly name: TabletName; readonly what: string };

export class Rot {
  readonly #cluster: SimCluster;
  readonly #bad = new Set<BadTablet>();
  /** What was said by those that had to refuse. */
  readonly #refusals = new Set<string>();

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  /** @returns What was done; undefined when there was nothing to do it to. */
  strike(site: FaultSite, kind: RotKind, random: Random): string | undefined {
    const seat = drawSeat(site, random);
    if (seat === undefined || seat.isRotten) return undefined;
    const disk = this.#cluster.disk(seat.id);
    site.takeDown(seat.id, drawKept(random));
    const whole = readDisk(disk);
    const damage = whole && drawDamage(disk, kind, random);
    const downMs = drawMs(random);
    if (whole === undefined || damage === undefined) {
      site.later(downMs, () => site.restart(seat.id));
      return undefined;
    }
    const outcome = damage.path.startsWith(LOG)
      ? this.#onLog(site, seat, disk, whole, damage, downMs)
      : this.#onTablet(site, seat, disk, whole, damage, downMs);
    return `${seat.host} is down, ${downMs} ms: ${damage.what}: ${outcome}`;
  }

  /** Thrown by somebody who had to refuse. */
  isRefusal(error: unknown): boolean {
    return isCoded(error) && this.#refusals.has(textOf(error));
  }

  /** The driver's record, of which every byte is needed. */
  strikeDriver(site: FaultSite, kind: RotKind, random: Random): string | undefined {
    const { system, isPdUp } = this.#cluster;
    if (!isPdUp) return undefined;
    const disk = system.diskOf("pd");
    const downMs = drawMs(random);
    const path = "/pd/placement-driver";
    this.#cluster.crashPd("everything");
    const isThere = disk.exists(path);
    const damage = isThere ? damaged(disk, path, kind, random) : undefined;
    site.later(downMs, () => {
      if (damage !== undefined) this.#expectNoDriver(damage);
      site.restartPd();
    });
    return damage && `the driver is down, ${downMs} ms: ${damage.what}`;
  }

  /** At any time: a replica whose tablet is damaged does not serve. @throws Violated */
  check(): void {
    for (const bad of this.#bad) {
      const { seat, name, what } = bad;
      if (seat.opened === undefined) continue;
      const ask = { kind: "store-status" };
      const status = this.#cluster.look<StoreStatusReply>(seat.opened.registry, ask);
      const life = status?.lives.find((one) => one.life === name.life);
      if (life?.address === undefined) continue;
      const peer = this.#cluster.look<PeerStatus>(life.address, { kind: "peer-status" });
      if (peer?.state === "live" || peer?.state === "installing")
        throw new Violated(ORACLE, `${seat.host}: ${what}, and its replica is ${peer.state}`);
    }
  }

  #onLog(
    site: FaultSite,
    seat: StoreSeat,
    disk: MemoryDisk,
    whole: WholeDisk,
    damage: Damage,
    downMs: number,
  ): string {
    const after = readLogOf(disk, damage);
    if (after === "refused") {
      site.later(downMs, () => this.#expectRefusal(site, seat, damage, downMs));
      return "the log has to refuse";
    }
    site.later(downMs, () => site.restart(seat.id));
    if (after === whole.logText) return "nobody needs that";
    if (after !== whole.logTextWithoutLastFrame)
      throw new Violated(ORACLE, `${seat.host}: ${damage.what}, and the log opens with less`);
    damage.undo();
    return "as if the last frame were torn; undone";
  }

  #onTablet(
    site: FaultSite,
    seat: StoreSeat,
    disk: MemoryDisk,
    whole: WholeDisk,
    { path, what, undo }: Damage,
    downMs: number,
  ): string {
    site.later(downMs, () => site.restart(seat.id));
    const directory = path.slice(TABLETS.length + 1).split("/")[0] ?? "";
    const name = parseTabletName(directory);
    const life = whole.lives.find((one) => one.life === name?.life);
    if (name === undefined || life === undefined || life.generation !== name.generation) {
      seat.damagedStrays.add(directory);
      return "no life has that tablet";
    }
    const before = whole.tabletTextOf(name);
    const after = tabletIn(disk.copy(), name);
    if (after !== undefined && after.text === before) return "nobody needs that";
    if (after !== undefined && after.appliedIndex >= life.truncatedIndex) {
      undo();
      return "as if the last commit were torn; undone";
    }
    const bad = { seat, name, what };
    this.#bad.add(bad);
    seat.isRotten = true;
    site.later(downMs + repairMsAfter(downMs), () => this.#repair(site, bad, undo));
    return "its replica has to be isolated";
  }

  #repair(site: FaultSite, bad: BadTablet, undo: () => void): void {
    this.check();
    this.#bad.delete(bad);
    const { seat } = bad;
    if (seat.opened !== undefined) site.crash(seat.id, "everything", 1);
    undo();
    // What it threw in this step is looked at first.
    site.later(0, () => {
      seat.isRotten = false;
    });
  }

  #expectRefusal(site: FaultSite, seat: StoreSeat, damage: Damage, downMs: number): void {
    let refusal: unknown;
    try {
      this.#cluster.restartStore(seat.id);
    } catch (error) {
      refusal = error;
    }
    if (refusal === undefined)
      throw new Violated(ORACLE, `${seat.host}: ${damage.what}, and the store opened`);
    if (!isCoded(refusal))
      throw new Violated(ORACLE, `${seat.host}: ${damage.what}: ${textOf(refusal)}`);
    this.#refusals.add(textOf(refusal));
    site.crash(seat.id, "everything", repairMsAfter(downMs));
    damage.undo();
  }

  #expectNoDriver({ what, undo }: Damage): void {
    let refusal: unknown;
    try {
      this.#cluster.restartPd();
    } catch (error) {
      refusal = error;
    }
    if (!(refusal instanceof PdError) && !isCoded(refusal))
      throw new Violated(ORACLE, `the driver: ${what}, and it ${textOf(refusal ?? "started")}`);
    this.#refusals.add(textOf(refusal));
    this.#cluster.crashPd("everything");
    undo();
  }
}

/** Somebody has to find out, and to bring another disk. */
function repairMsAfter(downMs: number): number {
  return 500 + 4 * downMs;
}

function isCoded(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && code.startsWith("ERR_MULTIRAFT_");
}

function drawDamage(disk: MemoryDisk, kind: RotKind, random: Random): Damage | undefined {
  const files = filesIn(disk, random.below(2) === 0 ? LOG : TABLETS);
  const path = files[random.below(Math.max(1, files.length))];
  return path === undefined ? undefined : damaged(disk, path, kind, random);
}

function damaged(
  disk: MemoryDisk,
  path: string,
  kind: RotKind,
  random: Random,
): Damage | undefined {
  if (kind === "flip") return flip(disk, path, random);
  const undo = disk.keep(path);
  disk.lose(path);
  return { path, what: `${path} is gone`, undo };
}

/** Mostly near the beginning, where a file of the log or a tablet is full. */
function flip(disk: MemoryDisk, path: string, random: Random): Damage | undefined {
  const sizeBytes = disk.durableBytes(path);
  if (sizeBytes === 0) return undefined;
  const within = random.below(4) === 0 ? sizeBytes : Math.min(sizeBytes, 4_096);
  const offset = random.below(within);
  const bit = random.below(8);
  const undo = disk.keep(path);
  disk.flipBit(path, offset, bit);
  return { path, what: `bit ${bit} of byte ${offset} of ${path} is flipped`, undo };
}

function filesIn(disk: MemoryDisk, directory: string): string[] {
  if (!disk.exists(directory)) return [];
  return disk.list(directory).flatMap(({ name, isDirectory }) => {
    const path = disk.join(directory, name);
    return isDirectory ? filesIn(disk, path) : [path];
  });
}

/**
 * @returns What the log says, or that it refuses with its code. One frame may be all that it had, and without
 * it there is a log nevertheless (storm seed 519).
 */
function readLogOf(disk: MemoryDisk, { what }: Damage): string {
  try {
    return logTextOn(disk) ?? "nothing";
  } catch (error) {
    if (error instanceof LogError) return "refused";
    throw new Violated(ORACLE, `${what}: ${textOf(error)}`);
  }
}
