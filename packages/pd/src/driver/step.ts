// The placement driver as a pure state machine: one piece of mail and the time it came at, in; what is
// to be made durable, ordered and answered, out. It changes its own state and nothing else, so the same
// mail at the same times gives the same effects, whoever hosts it.
import { unreachable } from "@multiraft/runtime";
import { PdError } from "../pd-error.ts";
import type { StoreHeartbeat } from "../protocol/heartbeat.ts";
import type { PdMail } from "../protocol/pd-mail.ts";
import {
  onAddOperator,
  onAllocateIds,
  onAllocateTimestamps,
  onAskSplit,
  onBootstrap,
  onCancelOperator,
  onPutStore,
  onScanRegions,
  onSetScheduling,
  onSetStoreState,
  routeOf,
} from "./answer.ts";
import type { PdEffects } from "./effects.ts";
import { onRegionHeartbeat, onStoreHeartbeat } from "./on-heartbeat.ts";
import { onTick } from "./on-tick.ts";
import { type PdState, takeUnsaved } from "./pd-state.ts";
import { statusOf } from "./status.ts";
import { openTurn, type Turn } from "./turn.ts";

export type PdInput = {
  readonly mail: PdMail;
  /** Monotonic: ages and timeouts. */
  readonly nowMs: number;
  /** Since the Unix epoch, may jump: timestamps only. */
  readonly wallMs: number;
};

export function step(state: PdState, { mail, nowMs, wallMs }: PdInput): PdEffects {
  const turn = openTurn(state, nowMs);
  const reply = isNotice(mail) ? onNotice(turn, mail) : replyTo(onQuestion(turn, mail, wallMs));
  return { save: takeUnsaved(state), orders: turn.orders, reply };
}

/** What asks nothing. */
type Notice = StoreHeartbeat | { readonly kind: "tick" };

function isNotice(mail: PdMail): mail is Notice {
  return mail.kind === "store-heartbeat" || mail.kind === "tick";
}

function onNotice(turn: Turn, notice: Notice): undefined {
  switch (notice.kind) {
    case "store-heartbeat":
      onStoreHeartbeat(turn, notice);
      break;
    case "tick":
      onTick(turn);
  }
}

function onQuestion(turn: Turn, mail: Exclude<PdMail, Notice>, wallMs: number): unknown {
  const { state } = turn;
  switch (mail.kind) {
    case "region-heartbeat":
      return { isAccepted: onRegionHeartbeat(turn, mail) };
    case "bootstrap":
      return onBootstrap(turn, mail);
    case "put-store":
      return onPutStore(turn, mail);
    case "set-store-state":
      return onSetStoreState(turn, mail);
    case "allocate-ids":
      return onAllocateIds(turn, mail);
    case "allocate-timestamps":
      return onAllocateTimestamps(turn, mail, wallMs);
    case "ask-split":
      return onAskSplit(turn, mail);
    case "region-by-key":
      return routeOf(state.regions.byKey(mail.key));
    case "region-by-id":
      return routeOf(state.regions.byId(mail.regionId));
    case "scan-regions":
      return onScanRegions(turn, mail);
    case "stores":
      return state.stores.metas;
    case "add-operator":
      return onAddOperator(turn, mail);
    case "operator":
      return state.operators.progress(mail.operatorId);
    case "cancel-operator":
      return onCancelOperator(turn, mail);
    case "set-scheduling":
      return onSetScheduling(turn, mail);
    case "status":
      return statusOf(state);
    default:
      return unreachable(mail);
  }
}

function replyTo(value: unknown): PdEffects["reply"] {
  return value instanceof PdError ? { kind: "fault", error: value } : { kind: "value", value };
}
