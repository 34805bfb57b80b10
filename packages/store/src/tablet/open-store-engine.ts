// The engine that a store's configuration asks for, opened on the calling thread.
import type { Environment } from "@multiraft/runtime";
import { openEngine } from "./engine.ts";
import type { TabletEngine } from "./tablet.ts";

export type EngineChoice = {
  readonly engine: "lmdb" | "memory";
  /** Undefined: tablets last as long as the process. */
  readonly tabletDirectory: string | undefined;
};

export function openStoreEngine(
  { disk }: Environment,
  { engine, tabletDirectory: directory }: EngineChoice,
): TabletEngine {
  if (directory === undefined) return openEngine({ kind: "memory-volatile" });
  return openEngine({ kind: engine, disk, directory });
}
