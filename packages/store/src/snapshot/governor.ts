// The governor of a store's snapshots: slots in each direction, and a token bucket for bytes, which fills
// more slowly while the log's syncs are slow. A slot is released when its holder lets go or ends, whichever
// is first; no slot outlives its holder.
import {
  type ActorBehavior,
  type ActorContext,
  type Address,
  type AnyAddress,
  defineActor,
  type Envelope,
  type ReplyToken,
  unreachable,
} from "@multiraft/runtime";
import type { LogMail } from "../log/log-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import type {
  GovernorMail,
  GovernorStatus,
  SnapshotDirection,
  TransferTotals,
} from "./governor-mail.ts";
import { type PaceLimits, SnapshotPace } from "./snapshot-pace.ts";
import { SNAPSHOT_STAGES } from "./stage-clock.ts";

export type GovernorArgs = {
  readonly slotsMax: number;
  /** Undefined: as fast as it goes. */
  readonly pace: PaceLimits | undefined;
  readonly log: Address<LogMail>;
};

export function governorArgs(tuning: PeerTuning, log: Address<LogMail>): GovernorArgs {
  const { snapshotsMax, snapshotPace, snapshotBytesPerSecond, slowSyncMs } = tuning;
  const pace =
    snapshotPace === "paced"
      ? { bytesPerSecondMax: snapshotBytesPerSecond, slowSyncMs }
      : undefined;
  return { slotsMax: snapshotsMax, pace, log };
}

/** How often tokens are added: short against a second, long against the cost of a timer. */
const REFILL_MS = 20;
/** Bytes that were granted so long ago have nothing to do with a sync that was slow now. */
const IN_FLIGHT_MS = 1_000;
/** After so long without a byte granted the disk is judged anew. */
const FORGET_MS = 60_000;

type Waiting = {
  readonly bytes: number;
  readonly holder: string;
  readonly ticket: number;
  readonly reply: ReplyToken;
};

class Governor implements ActorBehavior<GovernorMail> {
  readonly #context: ActorContext<GovernorMail>;
  readonly #args: GovernorArgs;
  readonly #pace: SnapshotPace | undefined;
  /** Tickets by holder, which may have several of one direction. */
  readonly #slots: Record<SnapshotDirection, Map<string, Set<number>>> = {
    send: new Map(),
    receive: new Map(),
  };
  readonly #watched = new Set<string>();
  #waiting: Waiting[] = [];
  #tokens: number;
  #refilledMs: number;
  #bytesGranted = 0;
  #grantedMs = Number.NEGATIVE_INFINITY;
  #slowSyncs = 0;
  #refused = 0;
  readonly #totals: Record<SnapshotDirection, TransferTotals> = {
    send: NOTHING,
    receive: NOTHING,
  };

  constructor(context: ActorContext<GovernorMail>, args: GovernorArgs) {
    this.#context = context;
    this.#args = args;
    this.#tokens = 0;
    this.#refilledMs = context.environment.clock.nowMs();
    this.#pace = args.pace && new SnapshotPace(args.pace, this.#refilledMs);
  }

  receive(mail: GovernorMail, envelope: Envelope): void {
    switch (mail.kind) {
      case "acquire-slot":
        return this.#answer(envelope, { isGranted: this.#acquire(mail) });
      case "release-slot":
        this.#release(mail);
        return this.#answer(envelope, null);
      case "take-bytes":
        return this.#take(mail, envelope.reply);
      case "refill":
        return this.#refill();
      case "slow-sync":
        return this.#onSlowSync(mail.elapsedMs);
      case "transferred":
        this.#totals[mail.direction] = plus(this.#totals[mail.direction], mail);
        return;
      case "holder-ended":
        return this.#forget(keyOf(mail.holder));
      case "governor-status":
        return this.#answer(envelope, this.#status());
      default:
        unreachable(mail);
    }
  }

  #acquire({ direction, holder, ticket }: GovernorMail & { kind: "acquire-slot" }): boolean {
    const slots = this.#slots[direction];
    if (sum(slots) >= this.#args.slotsMax) {
      this.#refused += 1;
      return false;
    }
    const key = keyOf(holder);
    slots.set(key, (slots.get(key) ?? new Set()).add(ticket));
    if (!this.#watched.has(key)) {
      this.#watched.add(key);
      this.#context.watch(holder, (termination) => ({ kind: "holder-ended", holder, termination }));
    }
    return true;
  }

  #release({ direction, holder, ticket }: GovernorMail & { kind: "release-slot" }): void {
    const slots = this.#slots[direction];
    const own = slots.get(keyOf(holder));
    own?.delete(ticket);
    if (own?.size === 0) slots.delete(keyOf(holder));
    if (direction === "send")
      this.#dropWaiting((one) => one.holder === keyOf(holder) && one.ticket === ticket);
  }

  #forget(key: string): void {
    this.#watched.delete(key);
    this.#slots.send.delete(key);
    this.#slots.receive.delete(key);
    this.#dropWaiting(({ holder }) => holder === key);
  }

  /** Nobody sends what they asked for: what they would have cost is for the others. */
  #dropWaiting(isOver: (waiting: Waiting) => boolean): void {
    for (const { reply } of this.#waiting.filter(isOver)) this.#context.reply(reply, null);
    this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
  }

  #take(
    { bytes, holder, ticket }: GovernorMail & { kind: "take-bytes" },
    reply: ReplyToken | undefined,
  ): void {
    if (reply === undefined) return;
    if (this.#pace !== undefined) this.#beginToFollow(this.#pace);
    this.#waiting.push({ bytes, holder: keyOf(holder), ticket, reply });
    this.#refill();
  }

  /** The first bytes in a long while: until then nobody asks what syncs take. */
  #beginToFollow(pace: SnapshotPace): void {
    const nowMs = this.#context.environment.clock.nowMs();
    if (this.#waiting.length > 0 || nowMs - this.#grantedMs < FORGET_MS) return;
    pace.forget();
    this.#follow(pace);
  }

  #follow({ slowMs }: SnapshotPace): void {
    if (slowMs > 0) this.#context.tell(this.#args.log, { kind: "follow-syncs", slowMs });
  }

  #onSlowSync(elapsedMs: number): void {
    const nowMs = this.#context.environment.clock.nowMs();
    const isSending = this.#waiting.length > 0 || nowMs - this.#grantedMs < IN_FLIGHT_MS;
    if (this.#pace === undefined || !isSending) return;
    this.#slowSyncs += 1;
    // What was earned before is earned at the rate before.
    this.#refill();
    const { slowMs } = this.#pace;
    this.#pace.onSync(elapsedMs, nowMs);
    if (this.#pace.slowMs !== slowMs) this.#follow(this.#pace);
  }

  /** In order of asking: a large piece is not overtaken for ever by small ones. */
  #refill(): void {
    const nowMs = this.#context.environment.clock.nowMs();
    const bytesPerSecond = this.#pace?.bytesPerSecond(nowMs);
    const isFree = bytesPerSecond === undefined;
    if (!isFree) {
      const earned = ((nowMs - this.#refilledMs) / 1_000) * bytesPerSecond;
      // At most a tenth of a second is saved up: a pause earns no burst.
      this.#tokens = Math.min(this.#tokens + earned, bytesPerSecond / 10);
    }
    this.#refilledMs = nowMs;
    for (
      let first = this.#waiting[0];
      first && (isFree || this.#tokens > 0);
      first = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#tokens -= first.bytes;
      this.#bytesGranted += first.bytes;
      this.#grantedMs = nowMs;
      this.#context.reply(first.reply, null);
    }
    if (this.#waiting.length > 0) this.#context.setTimer("refill", REFILL_MS, { kind: "refill" });
  }

  #status(): GovernorStatus {
    return {
      sending: sum(this.#slots.send),
      receiving: sum(this.#slots.receive),
      bytesGranted: this.#bytesGranted,
      bytesPerSecond: this.#pace?.bytesPerSecond(this.#context.environment.clock.nowMs()),
      slowSyncs: this.#slowSyncs,
      refused: this.#refused,
      sent: this.#totals.send,
      received: this.#totals.receive,
    };
  }

  #answer(envelope: Envelope, value: unknown): void {
    if (envelope.reply) this.#context.reply(envelope.reply, value);
  }
}

const NOTHING: TransferTotals = { count: 0, userBytes: 0, streamBytes: 0, stageMs: {} };

function plus(
  totals: TransferTotals,
  { userBytes, streamBytes, stageMs }: Omit<TransferTotals, "count">,
): TransferTotals {
  const sums = SNAPSHOT_STAGES.filter(
    (stage) => totals.stageMs[stage] !== undefined || stageMs[stage] !== undefined,
  ).map((stage) => [stage, (totals.stageMs[stage] ?? 0) + (stageMs[stage] ?? 0)]);
  return {
    count: totals.count + 1,
    userBytes: totals.userBytes + userBytes,
    streamBytes: totals.streamBytes + streamBytes,
    stageMs: Object.fromEntries(sums),
  };
}

function keyOf(holder: AnyAddress): string {
  return `${holder.slot}/${holder.incarnation}`;
}

function sum(slots: ReadonlyMap<string, ReadonlySet<number>>): number {
  let total = 0;
  for (const { size } of slots.values()) total += size;
  return total;
}

export const governorActor = defineActor<GovernorMail, GovernorArgs>({
  url: import.meta.url,
  name: "governorActor",
  create: (context, args) => new Governor(context, args),
});
