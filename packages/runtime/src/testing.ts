export type { Hold } from "./sim/agenda.ts";
export {
  type AskHandle,
  type Ending,
  ManualSystem,
  type ManualSystemOptions,
  type SystemCounts,
  type Thrown,
} from "./sim/manual-system.ts";
export type { CrashPoint, KeptAtCrash } from "./sim/memory-disk.ts";
export { MemoryDisk } from "./sim/memory-disk.ts";
export {
  describePending,
  type Pending,
  type PendingFilter,
  type PendingMail,
} from "./sim/pending.ts";
export { VirtualClock } from "./sim/virtual-clock.ts";
