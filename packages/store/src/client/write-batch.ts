// Writes on their way: all to one region as one entry, or each region's share as an entry of its own.
// Which keys a region has is looked at again with every attempt, since it may have split meanwhile.
import { type Region, rangeContains } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { Write } from "../tablet/tablet.ts";
import type { CallLimits } from "./call-limits.ts";
import type { ClientDoor } from "./client-door.ts";
import { afterEffect, ClientError } from "./client-error.ts";
import { keyText } from "./key-value.ts";
import { RegionCall } from "./region-call.ts";
import type { RouteCache } from "./route-cache.ts";

export type WritePlan = CallLimits & {
  readonly what: string;
  readonly isRepeatable: boolean;
  readonly acrossRegions: "refuse" | "split";
};

export async function writeAll(
  door: ClientDoor,
  routes: RouteCache,
  writes: readonly Write[],
  plan: WritePlan,
): Promise<void> {
  const shares = plan.acrossRegions === "refuse" ? [writes] : sharesOf(routes, writes);
  const written: Write[] = [];
  // All shares run to their end, so that nothing of a failed batch is still under way afterwards.
  const ends = await Promise.allSettled(
    shares.map((share) => writeShare(door, routes, share, plan, written)),
  );
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (errors.length > 0) throw worstOf(errors, written);
}

/** That the outcome is unknown says more than what any other share ended with. */
function worstOf(errors: readonly unknown[], written: readonly Write[]): unknown {
  const worst = errors.find(isUnknown) ?? errors[0];
  if (written.length === 0) return worst;
  return afterEffect(worst, `a part of the batch is written, ${written.length} of its writes`);
}

function isUnknown(error: unknown): boolean {
  return error instanceof ClientError && error.code === "ERR_MULTIRAFT_OUTCOME_UNKNOWN";
}

/** By region, as far as routes are known. */
function sharesOf(routes: RouteCache, writes: readonly Write[]): (readonly Write[])[] {
  const shares = new Map<Region | undefined, Write[]>();
  for (const write of writes) {
    const region = routes.find(write.key)?.region;
    const share = shares.get(region);
    if (share === undefined) shares.set(region, [write]);
    else share.push(write);
  }
  return [...shares.values()];
}

async function writeShare(
  door: ClientDoor,
  routes: RouteCache,
  share: readonly Write[],
  plan: WritePlan,
  written: Write[],
): Promise<void> {
  for (let left = share; left.length > 0; ) {
    const { sent, rest } = await writeOnce(door, routes, left, plan);
    assert(sent.length > 0, "a region took none of the writes it was found by");
    written.push(...sent);
    left = rest;
  }
}

type Sent = { readonly sent: readonly Write[]; readonly rest: readonly Write[] };

async function writeOnce(
  door: ClientDoor,
  routes: RouteCache,
  writes: readonly Write[],
  plan: WritePlan,
): Promise<Sent> {
  const [first] = writes;
  assert(first !== undefined, "a write of nothing");
  let outcome: Sent = { sent: [], rest: writes };
  await new RegionCall(door, routes, {
    ...plan,
    key: first.key,
    toRegion: (region) => {
      const rest = writes.filter(({ key }) => !rangeContains(region.range, key));
      const stray = rest[0];
      if (stray !== undefined && plan.acrossRegions === "refuse") throw acrossRegions(first, stray);
      const inside = writes.filter(({ key }) => rangeContains(region.range, key));
      outcome = { sent: inside, rest };
      return { kind: "write", version: region.epoch.version, writes: inside };
    },
  }).answer();
  return outcome;
}

function acrossRegions(first: Write, stray: Write): ClientError {
  const keys = `${keyText(first.key)} and ${keyText(stray.key)}`;
  const message =
    `${keys} lie in different regions, and a batch is atomic within one; ` +
    'acrossRegions: "split" writes each region\'s share by itself';
  return new ClientError("ERR_MULTIRAFT_BATCH_ACROSS_REGIONS", message);
}
