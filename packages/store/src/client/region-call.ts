// One request on its way to one region: found by a key, sent to the leader, and sent again as long as
// that is safe and there is time. Invariant: a write is sent again only when it is certain that the
// attempt before it had no effect, unless the caller has said that twice does no harm.
import type { Key, Region, StoreId } from "@multiraft/pd/protocol";
import { type Address, AskError, unreachable } from "@multiraft/runtime";
import type { ClientReply, ClientRequest } from "../peer/client-request.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import { placeOf } from "../transport/placement.ts";
import { Backoff } from "./backoff.ts";
import { askOptions, type CallLimits } from "./call-limits.ts";
import { type ClientDoor, wasNotAsked } from "./client-door.ts";
import { afterEffect, ClientError } from "./client-error.ts";
import { keyText } from "./key-value.ts";
import type { CachedRoute, RouteCache } from "./route-cache.ts";

export type Answer = Extract<
  ClientReply,
  { readonly kind: "value" | "pairs" | "written" | "swapped" | "not-swapped" | "split" }
>;

export type RegionRequest = CallLimits & {
  /** For people, in messages: "put". */
  readonly what: string;
  /** Finds the region. */
  readonly key: Key;
  /** Once more does no harm. */
  readonly isRepeatable: boolean;
  /**
   * What to ask of the region as it is known now; undefined when what is wanted is so already. A throw
   * ends the call: nothing is sent.
   */
  readonly toRegion: (region: Region) => ClientRequest | undefined;
};

/** One question that gets no answer must not use up the time of all others. */
const ATTEMPT_TIMEOUT_MS = 2_500;
const PD_TIMEOUT_MS = 2_500;

/** A route, then a hint, are followed without a pause; two replicas may send a client to and fro. */
const AT_ONCE_MAX = 2;

/** What an attempt led to: an answer, or the reason to try again. */
type Attempt =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** `isInformed`: something new was learnt, so there is no reason to wait. */
  | { readonly kind: "again"; readonly why: string; readonly isInformed: boolean };

export class RegionCall {
  readonly #door: ClientDoor;
  readonly #routes: RouteCache;
  readonly #request: RegionRequest;
  /** Of a change: an attempt may have made it, and it was tried again. */
  #maybeDone: string | undefined;

  constructor(door: ClientDoor, routes: RouteCache, request: RegionRequest) {
    this.#door = door;
    this.#routes = routes;
    this.#request = request;
  }

  /** @throws ClientError, and the signal's reason once it is aborted. */
  async answer(): Promise<Answer> {
    try {
      return await this.#answer();
    } catch (error) {
      throw this.#maybeDone === undefined ? error : afterEffect(error, this.#maybeDone);
    }
  }

  async #answer(): Promise<Answer> {
    const backoff = new Backoff(this.#door.random);
    let informedInRow = 0;
    for (;;) {
      const attempt = await this.#try();
      if (attempt.kind === "answer") return attempt.answer;
      informedInRow = attempt.isInformed ? informedInRow + 1 : 0;
      const isAtOnce = attempt.isInformed && informedInRow <= AT_ONCE_MAX;
      await this.#pause(isAtOnce ? 0 : backoff.nextMs(), attempt.why);
    }
  }

  async #pause(delayMs: number, why: string): Promise<void> {
    const { signal, throwIfEnded } = this.#request;
    if (delayMs >= this.#leftMs()) throw this.#timedOut(why);
    if (delayMs > 0) await this.#door.delay(delayMs, signal);
    throwIfEnded();
  }

  async #try(): Promise<Attempt> {
    const { key, signal, toRegion } = this.#request;
    const route = this.#routes.find(key);
    if (route === undefined) return this.#findRoute();
    const gate = this.#gateFor(route);
    if (gate === undefined) return this.#elsewhere(route, `store ${route.storeId} is not running`);
    const request = toRegion(route.region);
    if (request === undefined) return { kind: "answer", answer: { kind: "written" } };
    const mail = { kind: "client", regionId: route.region.id, request } as const;
    const options = askOptions(this.#attemptMs(), signal);
    try {
      const reply = await this.#door.asker.ask(gate, mail, options);
      return this.#onReply(route, request, reply);
    } catch (error) {
      return this.#onFailed(route, request, error);
    }
  }

  // ---- routes -------------------------------------------------------------------------------------

  async #findRoute(): Promise<Attempt> {
    const { key, signal, throwIfEnded } = this.#request;
    const ask = { kind: "region-by-key", key } as const;
    const options = askOptions(Math.min(PD_TIMEOUT_MS, this.#leftMs()), signal);
    try {
      const pd = this.#door.pd();
      if (pd === undefined) return again("the placement driver is not running");
      const route = await this.#door.asker.ask(pd, ask, options);
      if (route === undefined) return again("the placement driver knows no region for the key");
      const isTaken = this.#routes.put(route.region, route.leader);
      return again("the placement driver knows an older state of the region", isTaken);
    } catch (error) {
      throwIfEnded();
      if (!(error instanceof AskError) && !wasNotAsked(error)) throw error;
      return again(`the placement driver: ${error.message}`);
    }
  }

  #gateFor({ region, storeId }: CachedRoute): Address<GateMail> | undefined {
    const gates = storeId === undefined ? undefined : this.#door.gatesOf(storeId);
    return gates?.[placeOf(region.id, storeId as StoreId, gates.length)];
  }

  // ---- replies ------------------------------------------------------------------------------------

  #onReply(route: CachedRoute, request: ClientRequest, reply: ClientReply): Attempt {
    switch (reply.kind) {
      case "value":
      case "pairs":
      case "written":
      case "swapped":
      case "not-swapped":
      case "split":
        return { kind: "answer", answer: reply };
      case "not-leader":
        if (reply.leader !== undefined && route.follow(reply.leader))
          return again(`peer ${reply.leader.id} leads the region`, true);
        return this.#elsewhere(route, "the replica does not lead and knows nobody who does");
      case "epoch-mismatch":
      case "key-not-in-region":
        return this.#onNewRegions(route, reply.regions);
      case "region-not-found":
        return this.#elsewhere(route, `store ${route.storeId} has no such replica`);
      case "busy":
        return again(`busy: ${reply.reason}`);
      case "too-large":
        throw this.#refused(`an entry has up to ${reply.bytesMax} bytes`);
      case "refused":
        throw this.#refused(reply.reason);
      case "outcome-unknown":
        return this.#onUnknown(route, request, "the replica ended before it knew", undefined);
      default:
        return unreachable(reply);
    }
  }

  #onNewRegions(route: CachedRoute, regions: readonly Region[]): Attempt {
    this.#routes.drop(route);
    for (const region of regions) this.#routes.put(region, route.leader);
    return again("the region has changed", true);
  }

  #onFailed(route: CachedRoute, request: ClientRequest, error: unknown): Attempt {
    if (wasNotAsked(error)) return again(`busy: ${error.message}`);
    if (!(error instanceof AskError)) throw error;
    const { throwIfEnded, isRepeatable } = this.#request;
    if (isRepeatable) throwIfEnded();
    if (wasHandled(error)) return this.#onUnknown(route, request, error.message, error);
    return this.#elsewhere(route, `store ${route.storeId}: ${error.message}`);
  }

  #onUnknown(
    route: CachedRoute,
    request: ClientRequest,
    why: string,
    cause: Error | undefined,
  ): Attempt {
    const { what, key, isRepeatable } = this.#request;
    const message = `${what} at ${keyText(key)} may or may not have taken effect: ${why}`;
    if (!isRepeatable) throw new ClientError("ERR_MULTIRAFT_OUTCOME_UNKNOWN", message, { cause });
    if (isChange(request)) this.#maybeDone = message;
    return this.#elsewhere(route, why);
  }

  /** Another replica next; when all were tried, what the placement driver says. */
  #elsewhere(route: CachedRoute, why: string): Attempt {
    if (!route.rotate()) this.#routes.drop(route);
    return again(why);
  }

  // ---- time ---------------------------------------------------------------------------------------

  /** What must not be repeated waits as long as it may: giving up early would only lose the answer. */
  #attemptMs(): number {
    const leftMs = this.#leftMs();
    return this.#request.isRepeatable ? Math.min(ATTEMPT_TIMEOUT_MS, leftMs) : leftMs;
  }

  #leftMs(): number {
    // An ask needs a timeout above 0; the pause before it has checked that time is left.
    return Math.max(1, this.#request.deadlineMs - this.#door.clock.nowMs());
  }

  #timedOut(why: string): ClientError {
    const { what, key, timeoutMs } = this.#request;
    const message = `${what} at ${keyText(key)} was not done in ${timeoutMs} ms; at last: ${why}`;
    return new ClientError("ERR_MULTIRAFT_CLIENT_TIMEOUT", message);
  }

  #refused(reason: string): ClientError {
    const { what, key } = this.#request;
    return new ClientError("ERR_MULTIRAFT_REFUSED", `${what} at ${keyText(key)}: ${reason}`);
  }
}

function isChange({ kind }: ClientRequest): boolean {
  return kind !== "get" && kind !== "scan";
}

function again(why: string, isInformed = false): Attempt {
  return { kind: "again", why, isInformed };
}

/** False where it is certain that no handler has seen the message. */
function wasHandled({ reason }: AskError): boolean {
  switch (reason) {
    case "tombstone":
    case "stale-incarnation":
    case "vacant":
    case "mailbox-full":
    case "lane-full":
    case "expired":
    case "shut-down":
      return false;
    case "thread-dead":
    case "timeout":
    case "aborted":
    case "error":
      return true;
    default:
      return unreachable(reason);
  }
}
