export { PROFILES, type Profile, profileByName } from "./sim/cluster/profile.ts";
export { CHAOS_STEPS, type Schedule, wholeSchedule } from "./sim/cluster/schedule.ts";
export { type SeedReport, SeedRun, type SeedViolation } from "./sim/cluster/seed-run.ts";
export { type ScheduleSize, type Shrunk, shrink } from "./sim/cluster/shrink.ts";
export { FAULT_NAMES } from "./sim/faults/fault.ts";
export { History } from "./sim/history/history.ts";
export { toJsonLines } from "./sim/history/json-lines.ts";
export { checkHistory, type HistoryVerdict } from "./sim/history/linearizable.ts";
export type { KeyAction, KeyOutcome, Operation } from "./sim/history/operation.ts";
export { MARKS } from "./sim/marks/marks.ts";
export { NEVER_MARKS } from "./sim/marks/never.ts";
export type { RaceViolation } from "./sim/race/explore.ts";
export {
  type PartProgress,
  type PartResult,
  playPart,
  type RaceOptions,
  type RacePart,
  type RaceReport,
  raceParts,
  reportOf,
} from "./sim/race/race.ts";
export { isCaught, type RemedyResult } from "./sim/race/remedies.ts";
export { COVERED, Coverage, type CoverageCounts, type Covered } from "./sim/raft/coverage.ts";
export { findViolation, type RaftViolation, replayLines } from "./sim/raft/find-violation.ts";
export { type Run as RaftRun, run as runRaftSeed } from "./sim/raft/simulate.ts";
export {
  checkRaftSeeds,
  type RaftSlice,
  RaftViolationError,
  SliceHash,
  STEPS_DEFAULT,
} from "./sim/raft/slice.ts";
