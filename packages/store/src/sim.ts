export { PROFILES, type Profile, profileByName } from "./sim/cluster/profile.ts";
export { CHAOS_STEPS, type Schedule, wholeSchedule } from "./sim/cluster/schedule.ts";
export { type SeedReport, SeedRun, type SeedViolation } from "./sim/cluster/seed-run.ts";
export { toJsonLines } from "./sim/history/json-lines.ts";
export type { Operation } from "./sim/history/operation.ts";
export { MARKS } from "./sim/marks/marks.ts";
export { type RaftSeedResult, type RaftViolation, simulateRaft } from "./sim/raft/simulate.ts";
