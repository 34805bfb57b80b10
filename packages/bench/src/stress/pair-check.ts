// The tables of all peers at rest, held against each other.
import type { PeerTable } from "./mail-peer.ts";

/** Of living peers, while nothing is under way. @returns What is not so. */
export function pairMismatches(tables: readonly PeerTable[]): readonly string[] {
  const byLife = new Map(tables.map((table) => [table.life, countsOf(table)]));
  return tables.flatMap(({ life, pairs }) =>
    pairs.flatMap(({ other, sent }) => {
      const theirs = byLife.get(other);
      if (theirs === undefined) return [];
      const received = theirs.get(life) ?? 0;
      if (received === sent) return [];
      return [`life ${life} sent ${sent} to life ${other}, which got ${received}`];
    }),
  );
}

function countsOf({ pairs }: PeerTable): ReadonlyMap<number, number> {
  return new Map(pairs.map(({ other, received }) => [other, received]));
}
