export { type RaftSeedResult, type RaftViolation, simulateRaft } from "./sim/raft/simulate.ts";
