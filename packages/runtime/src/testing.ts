export { sealGlobals } from "./platform/sealed-globals.ts";
export type { SystemCounts } from "./sim/accounts.ts";
export type { Hold } from "./sim/agenda.ts";
export type { Courier, Delivery } from "./sim/courier.ts";
export type { CrossingSizes } from "./sim/crossing.ts";
export { HostClock } from "./sim/host-clock.ts";
export {
  type AskHandle,
  type Candidate,
  ManualSystem,
  type ManualSystemOptions,
  type StepChooser,
} from "./sim/manual-system.ts";
export { type CrashPoint, type KeptAtCrash, MemoryDisk } from "./sim/memory-disk.ts";
export type { HandledMail, Onlooker } from "./sim/onlooker.ts";
export {
  describePending,
  type Pending,
  type PendingFilter,
  type PendingMail,
} from "./sim/pending.ts";
export { VirtualClock } from "./sim/virtual-clock.ts";
export type { Ending, Thrown } from "./sim/witness.ts";
