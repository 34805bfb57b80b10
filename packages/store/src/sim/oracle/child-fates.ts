// What a store's log knows that may become of a split's child: why nobody keeps data for it any more.
import type { PeerId, RegionId } from "@multiraft/pd/protocol";
import type { RecoveredLog } from "../../log/log-mail.ts";
import type { Life, LogRecord } from "../../log/record.ts";
import { REOPENINGS_MAX } from "../../registry/reopening.ts";

type FatedLife = {
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  hasData: boolean;
  /** Since the store read its log. */
  starts: number;
};

/** Of one store, since it read its log. */
export class ChildFates {
  readonly #lives = new Map<Life, FatedLife>();
  readonly #buried = new Set<RegionId>();

  recovered({ lives, tombstones }: RecoveredLog): void {
    for (const { life, regionId, peerId, generation } of lives)
      this.#lives.set(life, { regionId, peerId, hasData: generation > 0, starts: 0 });
    for (const { regionId } of tombstones) this.#buried.add(regionId);
  }

  noteRecord(record: LogRecord): void {
    if (record.kind === "life") {
      const { life, regionId, peerId } = record;
      this.#lives.set(life, { regionId, peerId, hasData: false, starts: 0 });
    }
    if (record.kind === "install") {
      const life = this.#lives.get(record.life);
      if (life !== undefined) life.hasData = true;
    }
    if (record.kind === "tombstone") {
      this.#buried.add(record.tombstone.regionId);
      if (record.life !== undefined) this.#lives.delete(record.life);
    }
  }

  started(life: Life): void {
    const started = this.#lives.get(life);
    if (started !== undefined) started.starts += 1;
  }

  /** It has its data, is not wanted, gives way to another replica, or failed too often. */
  isSettled(regionId: RegionId, peerId: PeerId): boolean {
    if (this.#buried.has(regionId)) return true;
    return [...this.#lives.values()].some(
      (life) =>
        life.regionId === regionId &&
        (life.hasData || life.peerId !== peerId || life.starts > REOPENINGS_MAX),
    );
  }
}
