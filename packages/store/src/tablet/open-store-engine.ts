// The engine that a store's configuration asks for, opened on the calling thread.
import type { Environment } from "@multiraft/runtime";
import { openEngine } from "./engine.ts";
import type { TabletEngine } from "./tablet.ts";

export type EngineChoice = {
  readonly engine: "lmdb" | "memory";
  /** Undefined: tablets last as long as the process. */
  readonly tabletDirectory: string | undefined;
  /** Those that replicas are spread over; empty: the calling one alone. */
  readonly threads: readonly number[];
};

export function openStoreEngine(
  { disk }: Environment,
  { engine, tabletDirectory: directory, threads }: EngineChoice,
): TabletEngine {
  if (directory === undefined) return openEngine({ kind: "memory-volatile" });
  if (engine === "memory") return openEngine({ kind: engine, disk, directory });
  return openEngine({ kind: engine, disk, directory, actorThreads: threads.length });
}
