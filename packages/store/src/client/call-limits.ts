// How long an operation may take and who may end it, as a caller says it.
import type { AskOptions } from "@multiraft/runtime";
import { ClientError, wrongArgument } from "./client-error.ts";

export type CallOptions = {
  /** Until then it is tried again, where that is safe. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type WriteOptions = CallOptions & {
  /**
   * Also after an attempt of which nobody knows whether it took effect. For writers to whom a write
   * that happens twice, or late, does no harm.
   */
  readonly retryUnknown?: boolean;
};

/** Longer than an election and a store's restart; shorter than people wait. */
export const TIMEOUT_MS = 10_000;

export type CallLimits = {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** @throws The signal's reason, or that the client is closed. */
  readonly throwIfEnded: () => void;
};

export function callLimits(
  { timeoutMs = TIMEOUT_MS, signal }: CallOptions,
  nowMs: number,
  isClosed: () => boolean,
): CallLimits {
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw wrongArgument(`timeoutMs is a number above 0, not ${timeoutMs}`);
  const throwIfEnded = (): void => {
    signal?.throwIfAborted();
    if (isClosed()) throw new ClientError("ERR_MULTIRAFT_CLIENT_CLOSED", "the client is closed");
  };
  throwIfEnded();
  return { timeoutMs, deadlineMs: nowMs + timeoutMs, signal, throwIfEnded };
}

export function askOptions(timeoutMs: number, signal: AbortSignal | undefined): AskOptions {
  return signal === undefined ? { timeoutMs } : { timeoutMs, signal };
}
