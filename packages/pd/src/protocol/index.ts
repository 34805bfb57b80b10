export type { RegionHeartbeat, RegionHeartbeatReply, StoreHeartbeat } from "./heartbeat.ts";
export {
  type PeerId,
  type RegionId,
  type StoreId,
  toPeerId,
  toRegionId,
  toStoreId,
} from "./ids.ts";
export {
  EMPTY_KEY,
  isBelowEnd,
  KEY_BYTES_MAX,
  type Key,
  type KeyRange,
  keyFromBytes,
  keyFromText,
  keyToBytes,
  rangeContains,
  rangeCovers,
  rangesOverlap,
  WHOLE_RANGE,
} from "./key.ts";
export type { Obstacle } from "./obstacle.ts";
export {
  OPERATOR_KINDS,
  OPERATOR_OUTCOMES,
  type OperatorKind,
  type OperatorOutcome,
  type OperatorProgress,
  type OperatorRefusal,
  type StepRefusal,
} from "./operator.ts";
export type { OperatorStep, PdOrder } from "./operator-step.ts";
export type {
  AskSplitReply,
  BootstrapReply,
  HeartbeatRejection,
  OperatorReply,
  PdMail,
  PdStatus,
  PutStoreReply,
  Route,
  SplitIds,
  StoreMeta,
  StoreState,
  StoreStatus,
} from "./pd-mail.ts";
export {
  FIRST_EPOCH,
  isEpochStale,
  maxEpoch,
  type Peer,
  type PeerRole,
  peerOnStore,
  type Region,
  type RegionEpoch,
  sameEpoch,
} from "./region.ts";
export { compareTimestamps, LOGICAL_BITS, LOGICAL_MAX, type Timestamp } from "./timestamp.ts";
