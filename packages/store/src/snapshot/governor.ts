// The governor of a store's snapshots: slots in each direction, and a token bucket for bytes. A
// slot is released when its holder lets go or ends, whichever is first; no slot outlives its
// holder.
import {
  type ActorBehavior,
  type ActorContext,
  type AnyAddress,
  defineActor,
  type Envelope,
  type ReplyToken,
  unreachable,
} from "@multiraft/runtime";
import type {
  GovernorMail,
  GovernorStatus,
  SnapshotDirection,
  TransferTotals,
} from "./governor-mail.ts";
import { SNAPSHOT_STAGES } from "./stage-clock.ts";

export type GovernorArgs = {
  readonly slotsMax: number;
  /** Undefined: as fast as it goes. */
  readonly bytesPerSecond: number | undefined;
};

/** How often tokens are added: short against a second, long against the cost of a timer. */
const REFILL_MS = 20;

type Waiting = { readonly bytes: number; readonly reply: ReplyToken };

class Governor implements ActorBehavior<GovernorMail> {
  readonly #context: ActorContext<GovernorMail>;
  readonly #args: GovernorArgs;
  /** Slots by holder; a holder may have several of one direction. */
  readonly #slots: Record<SnapshotDirection, Map<string, number>> = {
    send: new Map(),
    receive: new Map(),
  };
  readonly #watched = new Set<string>();
  readonly #waiting: Waiting[] = [];
  #tokens: number;
  #refilledMs: number;
  #bytesGranted = 0;
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
  }

  receive(mail: GovernorMail, envelope: Envelope): void {
    switch (mail.kind) {
      case "acquire-slot":
        return this.#answer(envelope, { isGranted: this.#acquire(mail.direction, mail.holder) });
      case "release-slot":
        return this.#release(mail.direction, keyOf(mail.holder));
      case "take-bytes":
        if (envelope.reply) this.#take({ bytes: mail.bytes, reply: envelope.reply });
        return;
      case "refill":
        return this.#refill();
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

  #acquire(direction: SnapshotDirection, holder: AnyAddress): boolean {
    const slots = this.#slots[direction];
    if (sum(slots) >= this.#args.slotsMax) {
      this.#refused += 1;
      return false;
    }
    const key = keyOf(holder);
    slots.set(key, (slots.get(key) ?? 0) + 1);
    if (!this.#watched.has(key)) {
      this.#watched.add(key);
      this.#context.watch(holder, (termination) => ({ kind: "holder-ended", holder, termination }));
    }
    return true;
  }

  #release(direction: SnapshotDirection, key: string): void {
    const slots = this.#slots[direction];
    const left = (slots.get(key) ?? 0) - 1;
    if (left > 0) slots.set(key, left);
    else slots.delete(key);
  }

  #forget(key: string): void {
    this.#watched.delete(key);
    this.#slots.send.delete(key);
    this.#slots.receive.delete(key);
  }

  #take(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#refill();
  }

  /** In order of asking: a large piece is not overtaken for ever by small ones. */
  #refill(): void {
    const { bytesPerSecond } = this.#args;
    const nowMs = this.#context.environment.clock.nowMs();
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
      this.#context.reply(first.reply, null);
    }
    if (this.#waiting.length > 0) this.#context.setTimer("refill", REFILL_MS, { kind: "refill" });
  }

  #status(): GovernorStatus {
    return {
      sending: sum(this.#slots.send),
      receiving: sum(this.#slots.receive),
      bytesGranted: this.#bytesGranted,
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

function sum(slots: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of slots.values()) total += count;
  return total;
}

export const governorActor = defineActor<GovernorMail, GovernorArgs>({
  url: import.meta.url,
  name: "governorActor",
  create: (context, args) => new Governor(context, args),
});
