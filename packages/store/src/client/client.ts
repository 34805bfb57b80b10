// The client of a cluster: keys and values in, regions and leaders found behind it. Every read is
// linearizable; every write that resolves is durable on a majority of its region's replicas.
import {
  EMPTY_KEY,
  type Key,
  keyToBytes,
  type PdMail,
  type PdStatus,
  type Region,
  type Route,
} from "@multiraft/pd/protocol";
import { AskError, assert, type ReplyOf } from "@multiraft/runtime";
import {
  askOptions,
  type CallLimits,
  type CallOptions,
  callLimits,
  type WriteOptions,
} from "./call-limits.ts";
import { type ClientDoor, wasNotAsked } from "./client-door.ts";
import { afterEffect, ClientError, wrongArgument } from "./client-error.ts";
import {
  type BatchWrite,
  type Bytes,
  type ScanRange,
  type Swap,
  textOf,
  toKey,
  toRange,
  toSwap,
  toWrites,
} from "./key-value.ts";
import { RegionCall, type RegionRequest } from "./region-call.ts";
import { RouteCache } from "./route-cache.ts";
import { scanPages } from "./scan-pages.ts";
import { writeAll } from "./write-batch.ts";

export type BatchOptions = WriteOptions & {
  /** `split`: each region's share is written, atomic by itself. Default: `refuse`. */
  readonly acrossRegions?: "refuse" | "split";
};

export type ScanOptions = CallOptions & {
  /** Pairs in all. Default: no limit. */
  readonly limit?: number;
  /** Pairs and bytes fetched at a time. */
  readonly pagePairs?: number;
  readonly pageBytes?: number;
};

export type SplitOptions = CallOptions & {
  /** Without a key to cut at: the region that holds this key. Default: the first. */
  readonly within?: Bytes;
};

export type KeyValue = {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
};
/** `found`: what the key held instead; undefined: it was not there. */
export type SwapResult =
  | { readonly isSwapped: true }
  | { readonly isSwapped: false; readonly found: Uint8Array | undefined };
export type TextPair = { readonly key: string; readonly value: string };

/** A page and the largest value together stay below the largest message. */
const PAGE_BYTES_MAX = 128 * 1_024;
const PAGE_PAIRS_MAX = 4_096;
const ROUTES_PER_PAGE = 512;
const SPLIT_POLL_MS = 20;
/** Half a second: a leader tells the driver at the end of the turn that has applied a split. */
const SPLIT_AGAIN_POLLS = 25;

export class Client {
  readonly #door: ClientDoor;
  readonly #routes = new RouteCache();
  readonly #closed: () => void;
  #isClosed = false;

  /** @param closed Called when it is closed, each time. */
  constructor(door: ClientDoor, closed: () => void = () => undefined) {
    this.#door = door;
    this.#closed = closed;
  }

  async get(key: Bytes, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    const wanted = toKey(key);
    const answer = await new RegionCall(this.#door, this.#routes, {
      ...this.#limits(options),
      what: "get",
      key: wanted,
      isRepeatable: true,
      toRegion: ({ epoch: { version } }) => ({ kind: "get", version, key: wanted }),
    }).answer();
    assert(answer.kind === "value", () => `a get was answered with ${answer.kind}`);
    return answer.value === undefined ? undefined : plainBytes(answer.value);
  }

  /** The value read as UTF-8. */
  async getText(key: Bytes, options: CallOptions = {}): Promise<string | undefined> {
    const value = await this.get(key, options);
    return value === undefined ? undefined : textOf(value);
  }

  async put(key: Bytes, value: Bytes, options: WriteOptions = {}): Promise<void> {
    await this.#write("put", [{ put: key, value }], options);
  }

  async delete(key: Bytes, options: WriteOptions = {}): Promise<void> {
    await this.#write("delete", [{ delete: key }], options);
  }

  /**
   * Writes `value` if the key holds `expected`. Decided in the order of all writes of its region, at one
   * moment, the same on every replica. It is never tried again after an attempt of which nobody knows
   * whether it took effect: the second would find what the first has left, and say that it lost.
   * @param swap Values up to `BATCH_BYTES_MAX` together; both undefined asks whether the key is absent.
   * @throws ClientError `ERR_MULTIRAFT_OUTCOME_UNKNOWN`: it may have swapped, or may do so later;
   * `ERR_MULTIRAFT_CLIENT_TIMEOUT`: it has not and will not.
   */
  async compareAndSwap(key: Bytes, swap: Swap, options: CallOptions = {}): Promise<SwapResult> {
    const wanted = toSwap(key, swap);
    const answer = await new RegionCall(this.#door, this.#routes, {
      ...this.#limits(options),
      what: "compareAndSwap",
      key: wanted.key,
      isRepeatable: false,
      toRegion: ({ epoch: { version } }) => ({ kind: "compare-and-swap", version, ...wanted }),
    }).answer();
    if (answer.kind === "swapped") return { isSwapped: true };
    assert(answer.kind === "not-swapped", () => `a swap was answered with ${answer.kind}`);
    const { found } = answer;
    return { isSwapped: false, found: found === undefined ? undefined : plainBytes(found) };
  }

  /** In the given order, all or nothing: within one region, unless it may be split. */
  async batch(writes: readonly BatchWrite[], options: BatchOptions = {}): Promise<void> {
    await this.#write("batch", writes, options);
  }

  /** In key order. `timeoutMs` is that of each page. */
  async *scan(
    range: ScanRange = {},
    options: ScanOptions = {},
  ): AsyncGenerator<KeyValue, void, undefined> {
    let left = checkedLimit(options.limit);
    const pagePairs = checkedCount("pagePairs", options.pagePairs, PAGE_PAIRS_MAX);
    const limitBytes = checkedCount("pageBytes", options.pageBytes, PAGE_BYTES_MAX);
    const size = () => ({ limitPairs: Math.min(pagePairs, left), limitBytes });
    const limits = () => this.#limits(options);
    if (left === 0) return;
    for await (const pairs of scanPages(this.#door, this.#routes, toRange(range), size, limits)) {
      for (const { key, value } of pairs) {
        yield { key: keyToBytes(key), value: plainBytes(value) };
        left -= 1;
      }
      if (left <= 0) return;
    }
  }

  async *scanText(
    range: ScanRange = {},
    options: ScanOptions = {},
  ): AsyncGenerator<TextPair, void, undefined> {
    for await (const { key, value } of this.scan(range, options))
      yield { key: textOf(key), value: textOf(value) };
  }

  // ---- for whoever runs the cluster ---------------------------------------------------------------

  /**
   * A region begins at `key` when this resolves; without a key a region was cut in the middle of its
   * data. The placement driver knows of it by then.
   */
  async split(key?: Bytes, options: SplitOptions = {}): Promise<void> {
    const limits = this.#limits(options);
    const at = key === undefined ? undefined : toKey(key);
    const inside = at ?? (options.within === undefined ? EMPTY_KEY : toKey(options.within));
    let sentVersion = 0;
    let takenVersion = Number.POSITIVE_INFINITY;
    const isCut = ({ range, epoch }: Region): boolean =>
      at === undefined ? epoch.version > takenVersion : range.start === at;
    const request: RegionRequest = {
      ...limits,
      what: "split",
      key: inside,
      // Of two proposals the second finds another epoch, and without a key the worst is one more cut.
      isRepeatable: true,
      toRegion: (region) => {
        if (isCut(region)) return undefined;
        sentVersion = region.epoch.version;
        return { kind: "split-at", epoch: region.epoch, key: at };
      },
    };
    await new RegionCall(this.#door, this.#routes, request).answer();
    takenVersion = sentVersion;
    await this.#untilCut(request, isCut).catch((error: unknown) => {
      throw afterEffect(error, "the split was proposed, and is not seen by the placement driver");
    });
  }

  /** All regions in key order, as the placement driver knows them. */
  async routes(options: CallOptions = {}): Promise<readonly Route[]> {
    const limits = this.#limits(options);
    const all: Route[] = [];
    for (let startKey: Key | undefined = EMPTY_KEY; startKey !== undefined; ) {
      const ask = { kind: "scan-regions", startKey, limit: ROUTES_PER_PAGE } as const;
      const page: readonly Route[] = await this.#askPd(ask, limits);
      all.push(...page);
      startKey = page.length < ROUTES_PER_PAGE ? undefined : nextStart(page);
    }
    return all;
  }

  async stores(options: CallOptions = {}): Promise<PdStatus["stores"]> {
    const status = await this.#askPd({ kind: "status" }, this.#limits(options));
    return status.stores;
  }

  /** Nothing new is begun or tried again; what a replica has been asked may still come true. */
  close(): void {
    this.#isClosed = true;
    this.#closed();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #write(what: string, batch: readonly BatchWrite[], options: BatchOptions): Promise<void> {
    const writes = toWrites(batch);
    if (writes.length === 0) return;
    await writeAll(this.#door, this.#routes, writes, {
      ...this.#limits(options),
      what,
      isRepeatable: options.retryUnknown ?? false,
      acrossRegions: options.acrossRegions ?? "refuse",
    });
  }

  /**
   * Until the placement driver says so. A proposal comes to nothing where a change of membership was before it, as
   * while a new region gets its replicas: so it is made again now and then.
   */
  async #untilCut(request: RegionRequest, isCut: (region: Region) => boolean): Promise<void> {
    const { clock, delay } = this.#door;
    const { key, signal, deadlineMs, throwIfEnded } = request;
    for (let polls = 1; ; polls += 1) {
      const route = await this.#askPd({ kind: "region-by-key", key }, request);
      if (route !== undefined && isCut(route.region)) return;
      if (clock.nowMs() >= deadlineMs)
        throw new ClientError("ERR_MULTIRAFT_CLIENT_TIMEOUT", "the split was not seen in time");
      await delay(SPLIT_POLL_MS, signal);
      throwIfEnded();
      if (polls % SPLIT_AGAIN_POLLS === 0)
        await new RegionCall(this.#door, this.#routes, request).answer();
    }
  }

  async #askPd<Kind extends PdMail["kind"]>(
    mail: PdMail & { readonly kind: Kind },
    { deadlineMs, signal, throwIfEnded }: CallLimits,
  ): Promise<ReplyOf<Extract<PdMail, { readonly kind: Kind }>>> {
    const { asker, clock } = this.#door;
    const timeoutMs = Math.max(1, deadlineMs - clock.nowMs());
    const pd = this.#door.pd();
    if (pd === undefined) throw noDriver("it is not running");
    try {
      return await asker.ask<PdMail, Kind>(pd, mail, askOptions(timeoutMs, signal));
    } catch (error) {
      throwIfEnded();
      if (!(error instanceof AskError) && !wasNotAsked(error)) throw error;
      throw noDriver(error.message, { cause: error });
    }
  }

  #limits(options: CallOptions): CallLimits {
    return callLimits(options, this.#door.clock.nowMs(), () => this.#isClosed);
  }
}

function noDriver(why: string, options?: ErrorOptions): ClientError {
  const message = `the placement driver does not answer: ${why}`;
  return new ClientError("ERR_MULTIRAFT_CLIENT_TIMEOUT", message, options);
}

function nextStart(page: readonly Route[]): Key | undefined {
  const end = page.at(-1)?.region.range.end;
  return end === EMPTY_KEY ? undefined : end;
}

function checkedLimit(given = Number.POSITIVE_INFINITY): number {
  if (given === Number.POSITIVE_INFINITY || (Number.isSafeInteger(given) && given >= 0))
    return given;
  throw wrongArgument(`limit is a whole number from 0 on, not ${given}`);
}

function checkedCount(name: string, given: number | undefined, max: number): number {
  if (given === undefined) return max;
  if (!(Number.isSafeInteger(given) && given > 0 && given <= max))
    throw wrongArgument(`${name} is a whole number from 1 to ${max}, not ${given}`);
  return given;
}

/** Buffers of the codec are bytes like all others. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
