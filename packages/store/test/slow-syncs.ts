// A simulated disk whose syncs take time: its host's clock goes on by so much within each.
import type { ManualSystem } from "@multiraft/runtime/testing";

/** @param syncMs What the next one takes. */
export function slowDownSyncs(system: ManualSystem, host: string, syncMs: () => number): void {
  const disk = system.diskOf(host);
  const open = disk.open.bind(disk);
  disk.open = (path, mode) => {
    const file = open(path, mode);
    const syncData = () => {
      file.syncData();
      system.clockOf(host).jump(syncMs());
    };
    return { ...file, syncData };
  };
}
