// What every tablet test needs: engines of all kinds, metadata, keys, and a model to compare with.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { EMPTY_KEY, type Key, type KeyRange, type Region } from "@multiraft/pd/protocol";
import { RealDisk } from "@multiraft/runtime";
import { MemoryDisk } from "@multiraft/runtime/testing";
import type { LogIndex, Term } from "../src/raft/ids.ts";
import { openEngine } from "../src/tablet/engine.ts";
import type {
  Pair,
  Tablet,
  TabletEngine,
  TabletMeta,
  TabletName,
  Write,
} from "../src/tablet/tablet.ts";

export const ALL = 1_000_000;
export const TABLET: TabletName = { regionId: 7, life: 3, generation: 1 };

export type Fixture = AsyncDisposable & {
  readonly engine: TabletEngine;
  /** What a new process would see. */
  reopenEngine(): TabletEngine;
};

export type EngineKind = { readonly label: string; readonly hasFiles: boolean; open(): Fixture };

export const ENGINES: readonly EngineKind[] = [
  { label: "memory, volatile", hasFiles: false, open: volatileFixture },
  { label: "memory, simulated disk", hasFiles: false, open: simulatedFixture },
  {
    label: "memory, machine's disk",
    hasFiles: false,
    open: () => machineFixture("memory"),
  },
  {
    label: "lmdb",
    hasFiles: true,
    open: () => machineFixture("lmdb"),
  },
];

function volatileFixture(): Fixture {
  const engine = openEngine({ kind: "memory-volatile" });
  return { engine, reopenEngine: () => engine, [Symbol.asyncDispose]: async () => undefined };
}

function simulatedFixture(): Fixture {
  const disk = new MemoryDisk();
  const open = (): TabletEngine => openEngine({ kind: "memory", disk, directory: "/tablets" });
  const engine = open();
  disk.syncDirectory("/");
  const reopenEngine = (): TabletEngine => {
    disk.crash();
    return open();
  };
  return { engine, reopenEngine, [Symbol.asyncDispose]: async () => undefined };
}

function machineFixture(kind: "memory" | "lmdb"): Fixture {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-tablet-"));
  const directory = path.join(root, "tablets");
  const reopenEngine = (): TabletEngine => openEngine({ kind, disk: new RealDisk(), directory });
  const dispose = async (): Promise<void> => fs.rmSync(root, { recursive: true, force: true });
  return { engine: reopenEngine(), reopenEngine, [Symbol.asyncDispose]: dispose };
}

export function metaAt(
  index: number,
  changes: Partial<TabletMeta> & { range?: KeyRange } = {},
): TabletMeta {
  const { range = { start: EMPTY_KEY, end: EMPTY_KEY }, ...rest } = changes;
  const region = {
    id: 7,
    range,
    epoch: { version: 2, confVer: 5 },
    peers: [{ id: 11, storeId: 1, role: "voter" }],
  } as unknown as Region;
  return {
    region,
    appliedIndex: index as LogIndex,
    appliedTerm: 5 as Term,
    confState: {
      voters: [11],
      learners: [],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    },
    removedPeers: [],
    isUntrimmed: false,
    ...rest,
  };
}

export const key = (text: string): Key => text as Key;
export const range = (start: string, end: string): KeyRange => ({
  start: key(start),
  end: key(end),
});
export const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString("latin1");

export const put = (at: string, value: string): Write => ({
  kind: "put",
  key: key(at),
  value: bytes(value),
});
export const del = (at: string): Write => ({ kind: "delete", key: key(at) });

/** `key=value` of each pair, for comparisons that read well. */
export const shown = (pairs: readonly Pair[]): string[] =>
  pairs.map((pair) => `${pair.key}=${text(pair.value)}`);

export function scanAll(from: Pick<Tablet, "scan">, within = range("", "")): string[] {
  return shown(from.scan(within, ALL, Number.MAX_SAFE_INTEGER));
}
