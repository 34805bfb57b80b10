export { type Killed, KilledCluster, type Killing } from "./stress/kill9/killed-cluster.ts";
