// A scan as pages, region after region. Each page is a linearizable read of its own; writes that come
// between two pages may or may not be seen.
import { EMPTY_KEY, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { Pair } from "../tablet/tablet.ts";
import type { CallLimits } from "./call-limits.ts";
import type { ClientDoor } from "./client-door.ts";
import { RegionCall } from "./region-call.ts";
import type { RouteCache } from "./route-cache.ts";

export type PageSize = { readonly limitPairs: number; readonly limitBytes: number };

/** @param limits Made anew for each page: the deadline is the page's, not the scan's. */
export async function* scanPages(
  door: ClientDoor,
  routes: RouteCache,
  range: KeyRange,
  size: () => PageSize,
  limits: () => CallLimits,
): AsyncGenerator<readonly Pair[], void, undefined> {
  let at: Key | undefined = range.start;
  while (at !== undefined && (range.end === EMPTY_KEY || at < range.end)) {
    const page = await readPage(door, routes, { start: at, end: range.end }, size(), limits());
    if (page.pairs.length > 0) yield page.pairs;
    assert(page.continueAt === undefined || page.continueAt > at, "a scan that does not move");
    at = page.continueAt;
  }
}

async function readPage(
  door: ClientDoor,
  routes: RouteCache,
  { start, end }: KeyRange,
  size: PageSize,
  limits: CallLimits,
): Promise<{ readonly pairs: readonly Pair[]; readonly continueAt: Key | undefined }> {
  const answer = await new RegionCall(door, routes, {
    ...limits,
    what: "scan",
    key: start,
    isRepeatable: true,
    toRegion: ({ epoch: { version } }) => ({ kind: "scan", version, start, end, ...size }),
  }).answer();
  assert(answer.kind === "pairs", () => `a scan was answered with ${answer.kind}`);
  return answer;
}
